// SPDX-License-Identifier: GPL-2.0-only
/* What an object holds, in a dump: its metadata, then its data, as they are or by zstd. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>
#include "archive.h"

/* Bytes of one read or write. */
#define PIECE (1UL << 20)

/**
 * struct payload - one object after the other, in either direction
 * @cctx: what compresses, of a dump by zstd
 * @dctx: what decompresses
 * @piece: bytes of the file
 * @in: those in @piece that were read and not yet used
 * @stored: hash of the bytes in the file
 * @content: hash of those in the object
 * @archive: that is read
 * @entry: that is read
 * @at: where in the file
 * @left: bytes of it that have not been read
 * @frame_left: zstd's hint; 0 at the end of the frame
 */
struct payload {
	ZSTD_CCtx *cctx;
	ZSTD_DCtx *dctx;
	unsigned char *piece;
	ZSTD_inBuffer in;
	XXH64_state_t *stored;
	XXH64_state_t *content;
	const struct archive *archive;
	const struct entry *entry;
	uint64_t at;
	uint64_t left;
	size_t frame_left;
};

void payload_free(struct payload *pl)
{
	if (!pl)
		return;
	ZSTD_freeCCtx(pl->cctx);
	ZSTD_freeDCtx(pl->dctx);
	XXH64_freeState(pl->stored);
	XXH64_freeState(pl->content);
	free(pl->piece);
	free(pl);
}

struct payload *payload_new(bool compressed)
{
	struct payload *pl = calloc(1, sizeof(*pl));

	if (!pl)
		return NULL;
	pl->piece = malloc(PIECE);
	pl->stored = XXH64_createState();
	pl->content = XXH64_createState();
	pl->dctx = ZSTD_createDCtx();
	if (compressed)
		pl->cctx = ZSTD_createCCtx();
	if (pl->piece && pl->stored && pl->content && pl->dctx && (pl->cctx || !compressed))
		return pl;
	payload_free(pl);
	return NULL;
}

/* --- writing --------------------------------------------------------------- */

static enum status store(struct payload *pl, struct file *file, struct entry *e,
			 const void *bytes, size_t size)
{
	XXH64_update(pl->stored, bytes, size);
	e->stored_size += size;
	return file_append(file, bytes, size);
}

/* @last: the end of the frame. */
static enum status compress(struct payload *pl, struct file *file, struct entry *e,
			    const void *bytes, size_t size, bool last)
{
	ZSTD_inBuffer in = { .src = bytes, .size = size };
	enum status status = OK;
	size_t left;

	do {
		ZSTD_outBuffer out = { .dst = pl->piece, .size = PIECE };

		left = ZSTD_compressStream2(pl->cctx, &out, &in,
					    last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return fail(FAILED, "dump %s: zstd: %s; try without --zstd",
				    e->name ? e->name : "an object", ZSTD_getErrorName(left));
		status = store(pl, file, e, pl->piece, out.pos);
	} while (!status && (last ? left != 0 : in.pos < in.size));
	return status;
}

static enum status write_part(struct payload *pl, struct file *file, struct entry *e,
			      const char *bytes, size_t size)
{
	enum status status = OK;
	size_t n;

	for (; size && !status; size -= n, bytes += n) {
		n = size < PIECE ? size : PIECE;
		XXH64_update(pl->content, bytes, n);
		if (e->flags & ENTRY_ZSTD)
			status = compress(pl, file, e, bytes, n, false);
		else
			status = store(pl, file, e, bytes, n);
		progress_advance(n);
	}
	return status;
}

enum status payload_write(struct payload *pl, struct file *file, struct entry *e,
			  const struct plasma_buffer *buf)
{
	enum status status;

	XXH64_reset(pl->stored, 0);
	XXH64_reset(pl->content, 0);
	e->stored_size = 0;
	status = write_part(pl, file, e, buf->metadata, buf->metadata_size);
	if (!status)
		status = write_part(pl, file, e, buf->data, buf->size);
	if (!status && e->flags & ENTRY_ZSTD)
		status = compress(pl, file, e, NULL, 0, true);
	e->stored_hash = XXH64_digest(pl->stored);
	e->content_hash = XXH64_digest(pl->content);
	return status;
}

/* --- reading --------------------------------------------------------------- */

static enum status damaged(const struct payload *pl, const char *how)
{
	char label[ENTRY_LABEL];

	progress_end();
	return fail(FAILED, "restore %s: %s: %s; take another copy of the dump",
		    pl->archive->path, entry_label(pl->archive, pl->entry, label), how);
}

void payload_begin(struct payload *pl, const struct archive *a, const struct entry *e)
{
	pl->archive = a;
	pl->entry = e;
	pl->at = e->offset;
	pl->left = e->stored_size;
	pl->in = (ZSTD_inBuffer){ .src = pl->piece };
	pl->frame_left = e->flags & ENTRY_ZSTD ? 1 : 0;
	XXH64_reset(pl->stored, 0);
	XXH64_reset(pl->content, 0);
	ZSTD_DCtx_reset(pl->dctx, ZSTD_reset_session_only);
}

/* The next piece of the file, when the last one is used up. */
static enum status refill(struct payload *pl)
{
	size_t size = pl->left < PIECE ? pl->left : PIECE;
	ssize_t n;

	if (pl->in.pos < pl->in.size || !size)
		return OK;
	do {
		n = pread(pl->archive->fd, pl->piece, size, (off_t)pl->at);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		progress_end();
		return fail_file(errno, "read", pl->archive->path);
	}
	if (n == 0)
		return damaged(pl, "the file is cut off");
	XXH64_update(pl->stored, pl->piece, (size_t)n);
	pl->in.size = (size_t)n;
	pl->in.pos = 0;
	pl->at += (uint64_t)n;
	pl->left -= (uint64_t)n;
	progress_advance((uint64_t)n);
	return OK;
}

static enum status copy(struct payload *pl, ZSTD_outBuffer *out)
{
	size_t n = out->size - out->pos, have = pl->in.size - pl->in.pos;

	if (have < n)
		n = have;
	if (!n)
		return damaged(pl, "it is shorter than the table says");
	memcpy((char *)out->dst + out->pos, pl->piece + pl->in.pos, n);
	pl->in.pos += n;
	out->pos += n;
	return OK;
}

/* Never more than @out has room for, whatever the frame says that it becomes. */
static enum status decompress(struct payload *pl, ZSTD_outBuffer *out)
{
	size_t before_in = pl->in.pos, before_out = out->pos;

	if (!pl->frame_left)
		return damaged(pl, "it is shorter than the table says");
	pl->frame_left = ZSTD_decompressStream(pl->dctx, out, &pl->in);
	if (ZSTD_isError(pl->frame_left))
		return damaged(pl, "it is damaged");
	if (pl->frame_left && pl->in.pos == before_in && out->pos == before_out && !pl->left)
		return damaged(pl, "it is cut off");
	return OK;
}

static enum status produce(struct payload *pl, ZSTD_outBuffer *out)
{
	enum status status = refill(pl);

	if (status)
		return status;
	return pl->entry->flags & ENTRY_ZSTD ? decompress(pl, out) : copy(pl, out);
}

enum status payload_read(struct payload *pl, void *to, size_t size)
{
	ZSTD_outBuffer out = { .dst = to, .size = size };
	enum status status = OK;

	while (out.pos < out.size && !status)
		status = produce(pl, &out);
	XXH64_update(pl->content, to, out.pos);
	return status;
}

/* What is left of a frame is its end, which becomes nothing. */
static enum status end_frame(struct payload *pl)
{
	char more;
	ZSTD_outBuffer out = { .dst = &more, .size = 1 };
	enum status status = OK;

	while (pl->frame_left && !out.pos && !status)
		status = produce(pl, &out);
	if (!status && out.pos)
		return damaged(pl, "it is longer than the table says");
	return status;
}

enum status payload_end(struct payload *pl)
{
	enum status status = OK;

	if (pl->entry->flags & ENTRY_ZSTD)
		status = end_frame(pl);
	if (status)
		return status;
	if (pl->left || pl->in.pos < pl->in.size)
		return damaged(pl, "it is longer than the table says");
	if (XXH64_digest(pl->stored) != pl->entry->stored_hash ||
	    XXH64_digest(pl->content) != pl->entry->content_hash)
		return damaged(pl, "its checksum is wrong");
	return OK;
}
