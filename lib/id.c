// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Object ids. */

#include <sys/random.h>
#include "internal.h"

int plasma_id_random(struct plasma_id *id)
{
	ssize_t n;

	/* So short a read is not interrupted once the pool is initialised. */
	do {
		n = getrandom(id->bytes, sizeof(id->bytes), 0);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int plasma_id_from_hex(struct plasma_id *id, const char *hex)
{
	struct plasma_id read;
	size_t i;

	if (strnlen(hex, PLASMA_ID_HEX_SIZE) != PLASMA_ID_HEX_SIZE - 1)
		return -EINVAL;
	for (i = 0; i < PLASMA_ID_SIZE; i++) {
		int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		read.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*id = read;
	return 0;
}

void plasma_id_to_hex(const struct plasma_id *id, char hex[PLASMA_ID_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < PLASMA_ID_SIZE; i++) {
		hex[2 * i] = digits[id->bytes[i] >> 4];
		hex[2 * i + 1] = digits[id->bytes[i] & 15];
	}
	hex[2 * i] = '\0';
}
