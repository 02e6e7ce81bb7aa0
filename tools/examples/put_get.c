// SPDX-License-Identifier: GPL-2.0-only
/* Puts an object and uses it: any other process gets the same memory by the same id. */

#include <plasma.h>
#include <stdio.h>

int main(void)
{
	struct plasma *store;
	struct plasma_buffer buf;
	struct plasma_id id;

	if (plasma_open(&store, NULL, 0) || plasma_id_random(&id) ||
	    plasma_put(store, &id, "hello, world", 12, NULL, 0, 0) ||
	    plasma_get(store, &id, &buf, -1))
		return 1;
	printf("%.*s\n", (int)buf.size, (const char *)buf.data);
	plasma_release(store, &id);
	plasma_close(store);
	return 0;
}
