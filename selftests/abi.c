// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract of include/uapi/linux/plasma.h as numbers, and how commands treat
 * structures that are older or newer than the kernel's. Until release 1.0 a change of
 * the header may change the tables here; after it only additions may.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include <kselftest_harness.h>

#include "common.h"

struct frozen {
	const char *what;
	unsigned long long now;
	unsigned long long frozen;
};

#define VALUE(name, value) { #name, name, value }
#define SIZE(name, size) { #name, sizeof(struct name), size }
#define FIELD(name, member, offset, size)					\
	{ "offset of " #name "." #member, offsetof(struct name, member), offset },	\
	{ "size of " #name "." #member, sizeof(((struct name *)0)->member), size }

static const struct frozen commands_frozen[] = {
	VALUE(PLASMA_IOC_QUERY, 0xc040bc00),
	VALUE(PLASMA_IOC_NS_CREATE, 0xc038bc01),
	VALUE(PLASMA_IOC_NS_OPEN, 0xc048bc02),
	VALUE(PLASMA_IOC_NS_REMOVE, 0x4010bc03),
	VALUE(PLASMA_IOC_NS_LIST, 0xc020bc04),
	VALUE(PLASMA_IOC_NS_STAT, 0x4020bc05),
	VALUE(PLASMA_IOC_NS_SET, 0x4028bc06),
	VALUE(PLASMA_IOC_CREATE, 0xc050bc10),
	VALUE(PLASMA_IOC_RESIZE, 0xc030bc11),
	VALUE(PLASMA_IOC_SEAL, 0x4030bc12),
	VALUE(PLASMA_IOC_ABORT, 0x4020bc13),
	VALUE(PLASMA_IOC_PUT, 0xc058bc14),
	VALUE(PLASMA_IOC_GET, 0xc028bc15),
	VALUE(PLASMA_IOC_RELEASE, 0x4018bc16),
	VALUE(PLASMA_IOC_DELETE, 0x4018bc17),
	VALUE(PLASMA_IOC_STAT, 0x4038bc18),
	VALUE(PLASMA_IOC_LIST, 0xc030bc19),
	VALUE(PLASMA_IOC_EVICT, 0xc020bc1a),
	VALUE(PLASMA_IOC_PUT_BATCH, 0x4018bc1b),
	VALUE(PLASMA_IOC_SEAL_BATCH, 0x4018bc1c),
	VALUE(PLASMA_IOC_REFRESH, 0x4018bc1d),
	VALUE(PLASMA_IOC_PENDING_FD, 0xc020bc1e),
	VALUE(PLASMA_IOC_NAME_BIND, 0x4028bc20),
	VALUE(PLASMA_IOC_NAME_UNBIND, 0x4018bc21),
	VALUE(PLASMA_IOC_NAME_LOOKUP, 0xc028bc22),
	VALUE(PLASMA_IOC_NAME_GET, 0xc050bc23),
	VALUE(PLASMA_IOC_SUBSCRIBE, 0xc010bc30),
	VALUE(PLASMA_IOC_QUOTA_SET, 0x4020bc38),
	VALUE(PLASMA_IOC_QUOTA_LIST, 0xc020bc39),
	VALUE(PLASMA_IOC_REAP, 0x4010bc40),
	VALUE(PLASMA_IOC_EXPORT, 0xc020bc48),
};

static const struct frozen values_frozen[] = {
	VALUE(PLASMA_ABI_VERSION, 0),
	VALUE(PLASMA_ID_SIZE, 20),
	VALUE(PLASMA_NAME_MAX, 255),
	VALUE(PLASMA_FOREVER, ~0ULL),
	VALUE(PLASMA_CURSOR_END, ~0ULL),
	VALUE(PLASMA_OFFSET_NONE, ~0ULL),
	VALUE(PLASMA_IOC_MAGIC, 0xbc),
	VALUE(PLASMA_NR_QUERY, 0x0),
	VALUE(PLASMA_NR_NS_CREATE, 0x1),
	VALUE(PLASMA_NR_NS_OPEN, 0x2),
	VALUE(PLASMA_NR_NS_REMOVE, 0x3),
	VALUE(PLASMA_NR_NS_LIST, 0x4),
	VALUE(PLASMA_NR_NS_STAT, 0x5),
	VALUE(PLASMA_NR_NS_SET, 0x6),
	VALUE(PLASMA_NR_CREATE, 0x10),
	VALUE(PLASMA_NR_RESIZE, 0x11),
	VALUE(PLASMA_NR_SEAL, 0x12),
	VALUE(PLASMA_NR_ABORT, 0x13),
	VALUE(PLASMA_NR_PUT, 0x14),
	VALUE(PLASMA_NR_GET, 0x15),
	VALUE(PLASMA_NR_RELEASE, 0x16),
	VALUE(PLASMA_NR_DELETE, 0x17),
	VALUE(PLASMA_NR_STAT, 0x18),
	VALUE(PLASMA_NR_LIST, 0x19),
	VALUE(PLASMA_NR_EVICT, 0x1a),
	VALUE(PLASMA_NR_PUT_BATCH, 0x1b),
	VALUE(PLASMA_NR_SEAL_BATCH, 0x1c),
	VALUE(PLASMA_NR_REFRESH, 0x1d),
	VALUE(PLASMA_NR_PENDING_FD, 0x1e),
	VALUE(PLASMA_NR_NAME_BIND, 0x20),
	VALUE(PLASMA_NR_NAME_UNBIND, 0x21),
	VALUE(PLASMA_NR_NAME_LOOKUP, 0x22),
	VALUE(PLASMA_NR_NAME_GET, 0x23),
	VALUE(PLASMA_NR_SUBSCRIBE, 0x30),
	VALUE(PLASMA_NR_QUOTA_SET, 0x38),
	VALUE(PLASMA_NR_QUOTA_LIST, 0x39),
	VALUE(PLASMA_NR_REAP, 0x40),
	VALUE(PLASMA_NR_EXPORT, 0x48),
	VALUE(PLASMA_FEATURE_NAMES, 1),
	VALUE(PLASMA_FEATURE_HUGE, 2),
	VALUE(PLASMA_FEATURE_EVENTS, 4),
	VALUE(PLASMA_FEATURE_QUOTAS, 8),
	VALUE(PLASMA_FEATURE_INDEX, 16),
	VALUE(PLASMA_FEATURE_EXPORT, 32),
	VALUE(PLASMA_QUERY_SIZE_VER0, 64),
	VALUE(PLASMA_ACCESS_READ, 1),
	VALUE(PLASMA_ACCESS_WRITE, 2),
	VALUE(PLASMA_NS_EPHEMERAL, 1),
	VALUE(PLASMA_NS_RECLAIM, 2),
	VALUE(PLASMA_NS_CREATE_SIZE_VER0, 56),
	VALUE(PLASMA_NS_OPEN_SIZE_VER0, 40),
	VALUE(PLASMA_NS_REMOVE_FORCE, 1),
	VALUE(PLASMA_NS_REMOVE_SIZE_VER0, 16),
	VALUE(PLASMA_NS_INFO_SIZE_VER0, 376),
	VALUE(PLASMA_NS_LIST_SIZE_VER0, 32),
	VALUE(PLASMA_NS_STAT_SIZE_VER0, 32),
	VALUE(PLASMA_NS_SET_CAPACITY, 1),
	VALUE(PLASMA_NS_SET_MODE, 2),
	VALUE(PLASMA_NS_SET_OWNER, 4),
	VALUE(PLASMA_NS_SET_EVICT_PERCENT, 8),
	VALUE(PLASMA_NS_SET_SIZE_VER0, 40),
	VALUE(PLASMA_CREATE_NO_EVICT, 1),
	VALUE(PLASMA_CREATE_KEEP, 2),
	VALUE(PLASMA_CREATE_ZERO, 16),
	VALUE(PLASMA_PUT_HOLD, 4),
	VALUE(PLASMA_PUT_REPLACE, 8),
	VALUE(PLASMA_CREATE_SIZE_VER0, 64),
	VALUE(PLASMA_RESIZE_SIZE_VER0, 48),
	VALUE(PLASMA_SEAL_RELEASE, 1),
	VALUE(PLASMA_SEAL_REPLACE, 2),
	VALUE(PLASMA_SEAL_SIZE_VER0, 32),
	VALUE(PLASMA_ABORT_SIZE_VER0, 32),
	VALUE(PLASMA_PUT_SIZE_VER0, 72),
	VALUE(PLASMA_PUT_ENTRY_SIZE_VER0, 56),
	VALUE(PLASMA_PUT_BATCH_SIZE_VER0, 24),
	VALUE(PLASMA_GET_ENTRY_SIZE_VER0, 48),
	VALUE(PLASMA_GET_NO_HOLD, 1),
	VALUE(PLASMA_GET_SIZE_VER0, 40),
	VALUE(PLASMA_PENDING_FD_SIZE_VER0, 32),
	VALUE(PLASMA_ID_ENTRY_SIZE_VER0, 24),
	VALUE(PLASMA_RELEASE_ENTRY_SIZE_VER0, 32),
	VALUE(PLASMA_RELEASE_SIZE_VER0, 24),
	VALUE(PLASMA_SEAL_BATCH_SIZE_VER0, 24),
	VALUE(PLASMA_REFRESH_SIZE_VER0, 24),
	VALUE(PLASMA_DELETE_HIDE, 1),
	VALUE(PLASMA_DELETE_PENDING, 1),
	VALUE(PLASMA_DELETE_SIZE_VER0, 24),
	VALUE(PLASMA_STATE_CREATED, 1),
	VALUE(PLASMA_STATE_SEALED, 2),
	VALUE(PLASMA_STATE_EVICTED, 3),
	VALUE(PLASMA_OBJECT_KEEP, 1),
	VALUE(PLASMA_OBJECT_DELETE_PENDING, 2),
	VALUE(PLASMA_OBJECT_MINE, 4),
	VALUE(PLASMA_OBJECT_INFO_SIZE_VER0, 344),
	VALUE(PLASMA_STAT_EVICTED, 1),
	VALUE(PLASMA_STAT_SIZE_VER0, 40),
	VALUE(PLASMA_LIST_BY_NAME, 1),
	VALUE(PLASMA_LIST_SIZE_VER0, 48),
	VALUE(PLASMA_EVICT_SIZE_VER0, 32),
	VALUE(PLASMA_NAME_REPLACE, 1),
	VALUE(PLASMA_NAME_BIND_SIZE_VER0, 40),
	VALUE(PLASMA_NAME_UNBIND_SIZE_VER0, 24),
	VALUE(PLASMA_NAME_LOOKUP_SIZE_VER0, 40),
	VALUE(PLASMA_NAME_GET_SIZE_VER0, 80),
	VALUE(PLASMA_EVENT_SEAL, 1),
	VALUE(PLASMA_EVENT_DELETE, 2),
	VALUE(PLASMA_EVENT_EVICT, 3),
	VALUE(PLASMA_EVENT_OVERFLOW, 4),
	VALUE(PLASMA_EVENT_REMOVED, 5),
	VALUE(PLASMA_EVENT_REPLAY, 1),
	VALUE(PLASMA_EVENT_SIZE_VER0, 64),
	VALUE(PLASMA_SUBSCRIBE_NO_REPLAY, 1),
	VALUE(PLASMA_SUBSCRIBE_NONBLOCK, 2),
	VALUE(PLASMA_SUBSCRIBE_SIZE_VER0, 16),
	VALUE(PLASMA_QUOTA_SET_SIZE_VER0, 32),
	VALUE(PLASMA_QUOTA_INFO_SIZE_VER0, 120),
	VALUE(PLASMA_QUOTA_LIST_SIZE_VER0, 32),
	VALUE(PLASMA_EXPORT_SIZE_VER0, 32),
	VALUE(PLASMA_REAP_DRAIN, 1),
	VALUE(PLASMA_REAP_SIZE_VER0, 16),
	VALUE(PLASMA_INDEX_MAGIC, 0x58444e49),
	VALUE(PLASMA_INDEX_CHAIN_MAX, 16),
	VALUE(PLASMA_CLOCK_NONE, 0),
	VALUE(PLASMA_CLOCK_CYCLES, 1),
	VALUE(PLASMA_ENTRY_LIVE, 1),
	VALUE(PLASMA_ENTRY_PENDING, 2),
	VALUE(PLASMA_ENTRY_STEP, 4),
	VALUE(PLASMA_PIN_SETS, 256),
	VALUE(PLASMA_PIN_WAYS, 8),
	VALUE(PLASMA_PIN_COUNT, 1LL << 32),
};

static const struct frozen layouts_frozen[] = {
	SIZE(plasma_query, 64),
	FIELD(plasma_query, flags, 0, 4),
	FIELD(plasma_query, out_abi_version, 4, 4),
	FIELD(plasma_query, out_features, 8, 8),
	FIELD(plasma_query, out_window_size, 16, 8),
	FIELD(plasma_query, out_store_size, 24, 8),
	FIELD(plasma_query, out_store_used, 32, 8),
	FIELD(plasma_query, out_metadata_max, 40, 4),
	FIELD(plasma_query, out_batch_max, 44, 4),
	FIELD(plasma_query, out_page_size, 48, 4),
	FIELD(plasma_query, out_huge_page_size, 52, 4),
	FIELD(plasma_query, out_namespaces, 56, 4),
	FIELD(plasma_query, out_clients, 60, 4),
	SIZE(plasma_ns_create, 56),
	FIELD(plasma_ns_create, name_ptr, 0, 8),
	FIELD(plasma_ns_create, name_len, 8, 4),
	FIELD(plasma_ns_create, flags, 12, 4),
	FIELD(plasma_ns_create, mode, 16, 4),
	FIELD(plasma_ns_create, evict_percent, 20, 4),
	FIELD(plasma_ns_create, capacity, 24, 8),
	FIELD(plasma_ns_create, out_ns, 32, 4),
	FIELD(plasma_ns_create, __reserved, 36, 4),
	FIELD(plasma_ns_create, out_read_offset, 40, 8),
	FIELD(plasma_ns_create, out_write_offset, 48, 8),
	SIZE(plasma_ns_open, 72),
	FIELD(plasma_ns_open, name_ptr, 0, 8),
	FIELD(plasma_ns_open, name_len, 8, 4),
	FIELD(plasma_ns_open, flags, 12, 4),
	FIELD(plasma_ns_open, out_ns, 16, 4),
	FIELD(plasma_ns_open, out_access, 20, 4),
	FIELD(plasma_ns_open, out_read_offset, 24, 8),
	FIELD(plasma_ns_open, out_write_offset, 32, 8),
	FIELD(plasma_ns_open, out_index_offset, 40, 8),
	FIELD(plasma_ns_open, out_index_size, 48, 8),
	FIELD(plasma_ns_open, out_pins_offset, 56, 8),
	FIELD(plasma_ns_open, out_pins_size, 64, 8),
	SIZE(plasma_ns_remove, 16),
	FIELD(plasma_ns_remove, name_ptr, 0, 8),
	FIELD(plasma_ns_remove, name_len, 8, 4),
	FIELD(plasma_ns_remove, flags, 12, 4),
	SIZE(plasma_ns_info, 376),
	FIELD(plasma_ns_info, flags, 0, 4),
	FIELD(plasma_ns_info, mode, 4, 4),
	FIELD(plasma_ns_info, uid, 8, 4),
	FIELD(plasma_ns_info, gid, 12, 4),
	FIELD(plasma_ns_info, evict_percent, 16, 4),
	FIELD(plasma_ns_info, access, 20, 4),
	FIELD(plasma_ns_info, capacity, 24, 8),
	FIELD(plasma_ns_info, used, 32, 8),
	FIELD(plasma_ns_info, pages, 40, 8),
	FIELD(plasma_ns_info, objects, 48, 8),
	FIELD(plasma_ns_info, sealed, 56, 8),
	FIELD(plasma_ns_info, in_use, 64, 8),
	FIELD(plasma_ns_info, names, 72, 8),
	FIELD(plasma_ns_info, clients, 80, 8),
	FIELD(plasma_ns_info, waiters, 88, 8),
	FIELD(plasma_ns_info, evictions, 96, 8),
	FIELD(plasma_ns_info, evicted_bytes, 104, 8),
	FIELD(plasma_ns_info, name_len, 112, 4),
	FIELD(plasma_ns_info, __reserved, 116, 4),
	FIELD(plasma_ns_info, name, 120, 256),
	SIZE(plasma_ns_list, 32),
	FIELD(plasma_ns_list, flags, 0, 4),
	FIELD(plasma_ns_list, count, 4, 4),
	FIELD(plasma_ns_list, entries_ptr, 8, 8),
	FIELD(plasma_ns_list, entry_size, 16, 4),
	FIELD(plasma_ns_list, out_count, 20, 4),
	FIELD(plasma_ns_list, cursor, 24, 8),
	SIZE(plasma_ns_stat, 32),
	FIELD(plasma_ns_stat, name_ptr, 0, 8),
	FIELD(plasma_ns_stat, name_len, 8, 4),
	FIELD(plasma_ns_stat, flags, 12, 4),
	FIELD(plasma_ns_stat, info_ptr, 16, 8),
	FIELD(plasma_ns_stat, info_size, 24, 4),
	FIELD(plasma_ns_stat, __reserved, 28, 4),
	SIZE(plasma_ns_set, 40),
	FIELD(plasma_ns_set, name_ptr, 0, 8),
	FIELD(plasma_ns_set, name_len, 8, 4),
	FIELD(plasma_ns_set, flags, 12, 4),
	FIELD(plasma_ns_set, capacity, 16, 8),
	FIELD(plasma_ns_set, mode, 24, 4),
	FIELD(plasma_ns_set, evict_percent, 28, 4),
	FIELD(plasma_ns_set, uid, 32, 4),
	FIELD(plasma_ns_set, gid, 36, 4),
	SIZE(plasma_create, 80),
	FIELD(plasma_create, ns, 0, 4),
	FIELD(plasma_create, flags, 4, 4),
	FIELD(plasma_create, id, 8, 20),
	FIELD(plasma_create, __reserved, 28, 4),
	FIELD(plasma_create, data_size, 32, 8),
	FIELD(plasma_create, metadata_size, 40, 8),
	FIELD(plasma_create, metadata_ptr, 48, 8),
	FIELD(plasma_create, out_offset, 56, 8),
	FIELD(plasma_create, name_ptr, 64, 8),
	FIELD(plasma_create, name_len, 72, 4),
	FIELD(plasma_create, __reserved2, 76, 4),
	SIZE(plasma_resize, 48),
	FIELD(plasma_resize, ns, 0, 4),
	FIELD(plasma_resize, flags, 4, 4),
	FIELD(plasma_resize, id, 8, 20),
	FIELD(plasma_resize, __reserved, 28, 4),
	FIELD(plasma_resize, data_size, 32, 8),
	FIELD(plasma_resize, out_offset, 40, 8),
	SIZE(plasma_seal, 48),
	FIELD(plasma_seal, ns, 0, 4),
	FIELD(plasma_seal, flags, 4, 4),
	FIELD(plasma_seal, id, 8, 20),
	FIELD(plasma_seal, __reserved, 28, 4),
	FIELD(plasma_seal, name_ptr, 32, 8),
	FIELD(plasma_seal, name_len, 40, 4),
	FIELD(plasma_seal, __reserved2, 44, 4),
	SIZE(plasma_abort, 32),
	FIELD(plasma_abort, ns, 0, 4),
	FIELD(plasma_abort, flags, 4, 4),
	FIELD(plasma_abort, id, 8, 20),
	FIELD(plasma_abort, __reserved, 28, 4),
	SIZE(plasma_put, 88),
	FIELD(plasma_put, ns, 0, 4),
	FIELD(plasma_put, flags, 4, 4),
	FIELD(plasma_put, id, 8, 20),
	FIELD(plasma_put, __reserved, 28, 4),
	FIELD(plasma_put, data_ptr, 32, 8),
	FIELD(plasma_put, data_size, 40, 8),
	FIELD(plasma_put, metadata_ptr, 48, 8),
	FIELD(plasma_put, metadata_size, 56, 8),
	FIELD(plasma_put, out_offset, 64, 8),
	FIELD(plasma_put, name_ptr, 72, 8),
	FIELD(plasma_put, name_len, 80, 4),
	FIELD(plasma_put, __reserved2, 84, 4),
	SIZE(plasma_put_entry, 56),
	FIELD(plasma_put_entry, id, 0, 20),
	FIELD(plasma_put_entry, status, 20, 4),
	FIELD(plasma_put_entry, data_ptr, 24, 8),
	FIELD(plasma_put_entry, data_size, 32, 8),
	FIELD(plasma_put_entry, metadata_ptr, 40, 8),
	FIELD(plasma_put_entry, metadata_size, 48, 8),
	SIZE(plasma_put_batch, 24),
	FIELD(plasma_put_batch, ns, 0, 4),
	FIELD(plasma_put_batch, flags, 4, 4),
	FIELD(plasma_put_batch, count, 8, 4),
	FIELD(plasma_put_batch, entry_size, 12, 4),
	FIELD(plasma_put_batch, entries_ptr, 16, 8),
	SIZE(plasma_get_entry, 48),
	FIELD(plasma_get_entry, id, 0, 20),
	FIELD(plasma_get_entry, status, 20, 4),
	FIELD(plasma_get_entry, offset, 24, 8),
	FIELD(plasma_get_entry, data_size, 32, 8),
	FIELD(plasma_get_entry, metadata_size, 40, 8),
	SIZE(plasma_get, 40),
	FIELD(plasma_get, ns, 0, 4),
	FIELD(plasma_get, flags, 4, 4),
	FIELD(plasma_get, count, 8, 4),
	FIELD(plasma_get, entry_size, 12, 4),
	FIELD(plasma_get, entries_ptr, 16, 8),
	FIELD(plasma_get, deadline_ns, 24, 8),
	FIELD(plasma_get, out_ready, 32, 4),
	FIELD(plasma_get, min_ready, 36, 4),
	SIZE(plasma_id_entry, 24),
	FIELD(plasma_id_entry, id, 0, 20),
	FIELD(plasma_id_entry, status, 20, 4),
	SIZE(plasma_release_entry, 32),
	FIELD(plasma_release_entry, id, 0, 20),
	FIELD(plasma_release_entry, status, 20, 4),
	FIELD(plasma_release_entry, offset, 24, 8),
	SIZE(plasma_pending_fd, 32),
	FIELD(plasma_pending_fd, ns, 0, 4),
	FIELD(plasma_pending_fd, flags, 4, 4),
	FIELD(plasma_pending_fd, id, 8, 20),
	FIELD(plasma_pending_fd, out_fd, 28, 4),
	SIZE(plasma_release, 24),
	FIELD(plasma_release, ns, 0, 4),
	FIELD(plasma_release, flags, 4, 4),
	FIELD(plasma_release, count, 8, 4),
	FIELD(plasma_release, entry_size, 12, 4),
	FIELD(plasma_release, entries_ptr, 16, 8),
	SIZE(plasma_seal_batch, 24),
	FIELD(plasma_seal_batch, ns, 0, 4),
	FIELD(plasma_seal_batch, flags, 4, 4),
	FIELD(plasma_seal_batch, count, 8, 4),
	FIELD(plasma_seal_batch, entry_size, 12, 4),
	FIELD(plasma_seal_batch, entries_ptr, 16, 8),
	SIZE(plasma_refresh, 24),
	FIELD(plasma_refresh, ns, 0, 4),
	FIELD(plasma_refresh, flags, 4, 4),
	FIELD(plasma_refresh, count, 8, 4),
	FIELD(plasma_refresh, entry_size, 12, 4),
	FIELD(plasma_refresh, entries_ptr, 16, 8),
	SIZE(plasma_delete, 24),
	FIELD(plasma_delete, ns, 0, 4),
	FIELD(plasma_delete, flags, 4, 4),
	FIELD(plasma_delete, count, 8, 4),
	FIELD(plasma_delete, entry_size, 12, 4),
	FIELD(plasma_delete, entries_ptr, 16, 8),
	SIZE(plasma_object_info, 344),
	FIELD(plasma_object_info, id, 0, 20),
	FIELD(plasma_object_info, state, 20, 4),
	FIELD(plasma_object_info, flags, 24, 4),
	FIELD(plasma_object_info, refs, 28, 4),
	FIELD(plasma_object_info, data_size, 32, 8),
	FIELD(plasma_object_info, metadata_size, 40, 8),
	FIELD(plasma_object_info, pages, 48, 8),
	FIELD(plasma_object_info, create_time_ns, 56, 8),
	FIELD(plasma_object_info, construct_ns, 64, 8),
	FIELD(plasma_object_info, creator_pid, 72, 4),
	FIELD(plasma_object_info, creator_uid, 76, 4),
	FIELD(plasma_object_info, name_len, 80, 4),
	FIELD(plasma_object_info, __reserved, 84, 4),
	FIELD(plasma_object_info, name, 88, 256),
	SIZE(plasma_stat, 56),
	FIELD(plasma_stat, ns, 0, 4),
	FIELD(plasma_stat, flags, 4, 4),
	FIELD(plasma_stat, id, 8, 20),
	FIELD(plasma_stat, info_size, 28, 4),
	FIELD(plasma_stat, info_ptr, 32, 8),
	FIELD(plasma_stat, metadata_ptr, 40, 8),
	FIELD(plasma_stat, metadata_len, 48, 4),
	FIELD(plasma_stat, __reserved, 52, 4),
	SIZE(plasma_list, 48),
	FIELD(plasma_list, ns, 0, 4),
	FIELD(plasma_list, flags, 4, 4),
	FIELD(plasma_list, prefix_ptr, 8, 8),
	FIELD(plasma_list, prefix_len, 16, 4),
	FIELD(plasma_list, count, 20, 4),
	FIELD(plasma_list, entries_ptr, 24, 8),
	FIELD(plasma_list, entry_size, 32, 4),
	FIELD(plasma_list, out_count, 36, 4),
	FIELD(plasma_list, cursor, 40, 8),
	SIZE(plasma_evict, 32),
	FIELD(plasma_evict, ns, 0, 4),
	FIELD(plasma_evict, flags, 4, 4),
	FIELD(plasma_evict, bytes, 8, 8),
	FIELD(plasma_evict, out_bytes, 16, 8),
	FIELD(plasma_evict, out_objects, 24, 8),
	SIZE(plasma_name_bind, 40),
	FIELD(plasma_name_bind, ns, 0, 4),
	FIELD(plasma_name_bind, flags, 4, 4),
	FIELD(plasma_name_bind, id, 8, 20),
	FIELD(plasma_name_bind, name_len, 28, 4),
	FIELD(plasma_name_bind, name_ptr, 32, 8),
	SIZE(plasma_name_unbind, 24),
	FIELD(plasma_name_unbind, ns, 0, 4),
	FIELD(plasma_name_unbind, flags, 4, 4),
	FIELD(plasma_name_unbind, name_ptr, 8, 8),
	FIELD(plasma_name_unbind, name_len, 16, 4),
	FIELD(plasma_name_unbind, __reserved, 20, 4),
	SIZE(plasma_name_lookup, 40),
	FIELD(plasma_name_lookup, ns, 0, 4),
	FIELD(plasma_name_lookup, flags, 4, 4),
	FIELD(plasma_name_lookup, out_id, 8, 20),
	FIELD(plasma_name_lookup, name_len, 28, 4),
	FIELD(plasma_name_lookup, name_ptr, 32, 8),
	SIZE(plasma_name_get, 80),
	FIELD(plasma_name_get, ns, 0, 4),
	FIELD(plasma_name_get, flags, 4, 4),
	FIELD(plasma_name_get, name_ptr, 8, 8),
	FIELD(plasma_name_get, name_len, 16, 4),
	FIELD(plasma_name_get, __reserved, 20, 4),
	FIELD(plasma_name_get, deadline_ns, 24, 8),
	FIELD(plasma_name_get, entry, 32, 48),
	SIZE(plasma_event, 64),
	FIELD(plasma_event, type, 0, 4),
	FIELD(plasma_event, flags, 4, 4),
	FIELD(plasma_event, id, 8, 20),
	FIELD(plasma_event, __reserved, 28, 4),
	FIELD(plasma_event, data_size, 32, 8),
	FIELD(plasma_event, metadata_size, 40, 8),
	FIELD(plasma_event, time_ns, 48, 8),
	FIELD(plasma_event, serial, 56, 8),
	SIZE(plasma_subscribe, 16),
	FIELD(plasma_subscribe, ns, 0, 4),
	FIELD(plasma_subscribe, flags, 4, 4),
	FIELD(plasma_subscribe, queue_size, 8, 4),
	FIELD(plasma_subscribe, out_fd, 12, 4),
	SIZE(plasma_quota_set, 32),
	FIELD(plasma_quota_set, ns, 0, 4),
	FIELD(plasma_quota_set, flags, 4, 4),
	FIELD(plasma_quota_set, bytes, 8, 8),
	FIELD(plasma_quota_set, name_ptr, 16, 8),
	FIELD(plasma_quota_set, name_len, 24, 4),
	FIELD(plasma_quota_set, __reserved, 28, 4),
	SIZE(plasma_quota_info, 120),
	FIELD(plasma_quota_info, capacity, 0, 8),
	FIELD(plasma_quota_info, used, 8, 8),
	FIELD(plasma_quota_info, evictable, 16, 8),
	FIELD(plasma_quota_info, objects, 24, 8),
	FIELD(plasma_quota_info, evictions, 32, 8),
	FIELD(plasma_quota_info, evicted_bytes, 40, 8),
	FIELD(plasma_quota_info, name_len, 48, 4),
	FIELD(plasma_quota_info, __reserved, 52, 4),
	FIELD(plasma_quota_info, name, 56, 64),
	SIZE(plasma_quota_list, 32),
	FIELD(plasma_quota_list, ns, 0, 4),
	FIELD(plasma_quota_list, flags, 4, 4),
	FIELD(plasma_quota_list, count, 8, 4),
	FIELD(plasma_quota_list, entry_size, 12, 4),
	FIELD(plasma_quota_list, entries_ptr, 16, 8),
	FIELD(plasma_quota_list, out_count, 24, 4),
	FIELD(plasma_quota_list, __reserved, 28, 4),
	SIZE(plasma_reap, 16),
	FIELD(plasma_reap, ns, 0, 4),
	FIELD(plasma_reap, flags, 4, 4),
	FIELD(plasma_reap, entry, 8, 4),
	FIELD(plasma_reap, __reserved, 12, 4),
	SIZE(plasma_index_header, 48),
	FIELD(plasma_index_header, magic, 0, 4),
	FIELD(plasma_index_header, clock, 4, 4),
	FIELD(plasma_index_header, geometry, 8, 8),
	FIELD(plasma_index_header, entry_size, 16, 4),
	FIELD(plasma_index_header, __reserved, 20, 4),
	FIELD(plasma_index_header, seed, 24, 8),
	FIELD(plasma_index_header, buckets_offset, 32, 8),
	FIELD(plasma_index_header, entries_offset, 40, 8),
	SIZE(plasma_index_entry, 64),
	FIELD(plasma_index_entry, state, 0, 4),
	FIELD(plasma_index_entry, next, 4, 4),
	FIELD(plasma_index_entry, id, 8, 20),
	FIELD(plasma_index_entry, metadata_size, 28, 4),
	FIELD(plasma_index_entry, offset, 32, 8),
	FIELD(plasma_index_entry, data_size, 40, 8),
	FIELD(plasma_index_entry, create_time_ns, 48, 8),
	FIELD(plasma_index_entry, stamp, 56, 8),
	SIZE(plasma_pin, 16),
	FIELD(plasma_pin, word, 0, 8),
	FIELD(plasma_pin, stamp, 8, 8),
	SIZE(plasma_export, 32),
	FIELD(plasma_export, ns, 0, 4),
	FIELD(plasma_export, flags, 4, 4),
	FIELD(plasma_export, id, 8, 20),
	FIELD(plasma_export, out_fd, 28, 4),
};

static unsigned int changed(const struct frozen *table, size_t count)
{
	unsigned int changes = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (table[i].now == table[i].frozen)
			continue;
		complain(__FILE__, __LINE__, table[i].what, table[i].frozen, table[i].now);
		changes++;
	}
	return changes;
}

TEST(frozen_commands)
{
	EXPECT_EQ(0, changed(commands_frozen, ARRAY_SIZE(commands_frozen)));
}

TEST(frozen_values)
{
	EXPECT_EQ(0, changed(values_frozen, ARRAY_SIZE(values_frozen)));
}

TEST(frozen_layouts)
{
	EXPECT_EQ(0, changed(layouts_frozen, ARRAY_SIZE(layouts_frozen)));
}

/* The same for programs of 32 bits, which have no numbers that are as wide as the product. */
TEST(frozen_hash)
{
	EXPECT_EQ(0, plasma_index_hash(0, 0, 0, 0));
	EXPECT_EQ(0xde8f2b1c, plasma_index_hash(1, 2, 3, 4));
	EXPECT_EQ(0x6ca381ad, plasma_index_hash(0x0123456789abcdef, 0x1111222233334444,
						0x00ff00ff00ff00ff, 0x89abcdef));
	EXPECT_EQ(0xb281b7cf, plasma_index_hash(~0ULL, 1, ~0ULL, ~0U));
}

FIXTURE(abi)
{
	struct usage before;
	struct client a;
};

FIXTURE_SETUP(abi)
{
	ASSERT_EQ(0, usage_take(&self->before));
	ASSERT_EQ(0, client_create(&self->a, 0));
}

FIXTURE_TEARDOWN(abi)
{
	client_close(&self->a);
	EXPECT_EQ(0, usage_restored(&self->before));
}

/* --- every command, with arguments that are right -------------------------- */

static struct {
	char name[64];
	__u8 bytes[512];
	struct plasma_ns_info ns_info;
	struct plasma_object_info info;
	struct plasma_get_entry get_entry;
	struct plasma_id_entry id_entry;
	struct plasma_put_entry put_entry;
	struct plasma_quota_info quota_info;
} space;

static __u64 serial;

#define POINTER(to) ((unsigned long)(to))

static struct id next_id(void)
{
	return id_of(++serial);
}

static const char *next_name(void)
{
	snprintf(space.name, sizeof(space.name), "abi %d %llu", getpid(), ++serial);
	return space.name;
}

static int fill_query(struct client *c, void *arg)
{
	(void)c;
	*(struct plasma_query *)arg = (struct plasma_query){};
	return 0;
}

static int fill_ns_create(struct client *c, void *arg)
{
	(void)c;
	*(struct plasma_ns_create *)arg = (struct plasma_ns_create){
		.name_ptr = POINTER(next_name()), .name_len = strlen(space.name),
		.flags = PLASMA_NS_EPHEMERAL, .mode = 0600,
	};
	return 0;
}

static int fill_ns_open(struct client *c, void *arg)
{
	*(struct plasma_ns_open *)arg = (struct plasma_ns_open){
		.name_ptr = POINTER(c->name), .name_len = strlen(c->name),
	};
	return 0;
}

static int fill_ns_remove(struct client *c, void *arg)
{
	*(struct plasma_ns_remove *)arg = (struct plasma_ns_remove){
		.name_ptr = POINTER(next_name()), .name_len = strlen(space.name),
	};
	return ns_create(c->fd, space.name, PLASMA_NS_EPHEMERAL, 0600, 0) < 0;
}

static int fill_ns_list(struct client *c, void *arg)
{
	(void)c;
	*(struct plasma_ns_list *)arg = (struct plasma_ns_list){
		.count = 1, .entries_ptr = POINTER(&space.ns_info),
		.entry_size = sizeof(space.ns_info),
	};
	return 0;
}

static int fill_ns_stat(struct client *c, void *arg)
{
	*(struct plasma_ns_stat *)arg = (struct plasma_ns_stat){
		.name_ptr = POINTER(c->name), .name_len = strlen(c->name),
		.info_ptr = POINTER(&space.ns_info), .info_size = sizeof(space.ns_info),
	};
	return 0;
}

static int fill_ns_set(struct client *c, void *arg)
{
	*(struct plasma_ns_set *)arg = (struct plasma_ns_set){
		.name_ptr = POINTER(c->name), .name_len = strlen(c->name),
		.flags = PLASMA_NS_SET_MODE, .mode = 0600,
	};
	return 0;
}

static int fill_create(struct client *c, void *arg)
{
	struct plasma_create *create = arg;

	*create = (struct plasma_create){ .ns = c->ns, .data_size = 10 };
	memcpy(create->id, next_id().byte, PLASMA_ID_SIZE);
	return 0;
}

static int fill_resize(struct client *c, void *arg)
{
	struct plasma_resize *resize = arg;
	struct id id = next_id();

	*resize = (struct plasma_resize){ .ns = c->ns, .data_size = 20 };
	memcpy(resize->id, id.byte, PLASMA_ID_SIZE);
	return object_create(c, id, 10, NULL);
}

static int fill_seal(struct client *c, void *arg)
{
	struct plasma_seal *seal = arg;
	struct id id = next_id();

	*seal = (struct plasma_seal){ .ns = c->ns };
	memcpy(seal->id, id.byte, PLASMA_ID_SIZE);
	return object_create(c, id, 10, NULL);
}

static int fill_abort(struct client *c, void *arg)
{
	struct plasma_abort *abort = arg;
	struct id id = next_id();

	*abort = (struct plasma_abort){ .ns = c->ns };
	memcpy(abort->id, id.byte, PLASMA_ID_SIZE);
	return object_create(c, id, 10, NULL);
}

static int fill_put(struct client *c, void *arg)
{
	struct plasma_put *put = arg;

	*put = (struct plasma_put){ .ns = c->ns, .data_ptr = POINTER(space.bytes),
				    .data_size = 10 };
	memcpy(put->id, next_id().byte, PLASMA_ID_SIZE);
	return 0;
}

static int fill_get(struct client *c, void *arg)
{
	struct id id = next_id();

	*(struct plasma_get *)arg = (struct plasma_get){
		.ns = c->ns, .count = 1, .entry_size = sizeof(space.get_entry),
		.entries_ptr = POINTER(&space.get_entry),
	};
	memcpy(space.get_entry.id, id.byte, PLASMA_ID_SIZE);
	return object_put(c, id, "x", 1);
}

static int fill_release(struct client *c, void *arg)
{
	struct id id = next_id();

	*(struct plasma_release *)arg = (struct plasma_release){
		.ns = c->ns, .count = 1, .entry_size = sizeof(space.id_entry),
		.entries_ptr = POINTER(&space.id_entry),
	};
	memcpy(space.id_entry.id, id.byte, PLASMA_ID_SIZE);
	return object_put(c, id, "x", 1) || object_hold(c, id);
}

static int fill_delete(struct client *c, void *arg)
{
	struct id id = next_id();

	*(struct plasma_delete *)arg = (struct plasma_delete){
		.ns = c->ns, .count = 1, .entry_size = sizeof(space.id_entry),
		.entries_ptr = POINTER(&space.id_entry),
	};
	memcpy(space.id_entry.id, id.byte, PLASMA_ID_SIZE);
	return object_put(c, id, "x", 1);
}

static int fill_stat(struct client *c, void *arg)
{
	struct plasma_stat *stat = arg;
	struct id id = next_id();

	*stat = (struct plasma_stat){
		.ns = c->ns, .info_size = sizeof(space.info),
		.info_ptr = POINTER(&space.info),
	};
	memcpy(stat->id, id.byte, PLASMA_ID_SIZE);
	return object_put(c, id, "x", 1);
}

static int fill_list(struct client *c, void *arg)
{
	*(struct plasma_list *)arg = (struct plasma_list){
		.ns = c->ns, .count = 1, .entries_ptr = POINTER(&space.info),
		.entry_size = sizeof(space.info),
	};
	return 0;
}

static int fill_evict(struct client *c, void *arg)
{
	*(struct plasma_evict *)arg = (struct plasma_evict){ .ns = c->ns, .bytes = 1 };
	return object_put(c, next_id(), "x", 1);
}

static int fill_name_bind(struct client *c, void *arg)
{
	struct plasma_name_bind *bind = arg;
	struct id id = next_id();

	*bind = (struct plasma_name_bind){
		.ns = c->ns, .name_ptr = POINTER(next_name()),
		.name_len = strlen(space.name),
	};
	memcpy(bind->id, id.byte, PLASMA_ID_SIZE);
	return object_put(c, id, "x", 1);
}

static int fill_name_unbind(struct client *c, void *arg)
{
	struct id id = next_id();

	*(struct plasma_name_unbind *)arg = (struct plasma_name_unbind){
		.ns = c->ns, .name_ptr = POINTER(next_name()),
		.name_len = strlen(space.name),
	};
	return object_put(c, id, "x", 1) || name_bind(c, id, space.name, 0);
}

static int fill_name_lookup(struct client *c, void *arg)
{
	struct id id = next_id();

	*(struct plasma_name_lookup *)arg = (struct plasma_name_lookup){
		.ns = c->ns, .name_ptr = POINTER(next_name()),
		.name_len = strlen(space.name),
	};
	return object_put(c, id, "x", 1) || name_bind(c, id, space.name, 0);
}

static int fill_put_batch(struct client *c, void *arg)
{
	*(struct plasma_put_batch *)arg = (struct plasma_put_batch){
		.ns = c->ns, .count = 1, .entry_size = sizeof(space.put_entry),
		.entries_ptr = POINTER(&space.put_entry),
	};
	space.put_entry = (struct plasma_put_entry){ .data_ptr = POINTER(space.bytes),
						     .data_size = 10 };
	memcpy(space.put_entry.id, next_id().byte, PLASMA_ID_SIZE);
	return 0;
}

static int fill_seal_batch(struct client *c, void *arg)
{
	struct id id = next_id();

	*(struct plasma_seal_batch *)arg = (struct plasma_seal_batch){
		.ns = c->ns, .count = 1, .entry_size = sizeof(space.id_entry),
		.entries_ptr = POINTER(&space.id_entry),
	};
	memcpy(space.id_entry.id, id.byte, PLASMA_ID_SIZE);
	return object_create(c, id, 10, NULL);
}

static int fill_refresh(struct client *c, void *arg)
{
	struct id id = next_id();

	*(struct plasma_refresh *)arg = (struct plasma_refresh){
		.ns = c->ns, .count = 1, .entry_size = sizeof(space.id_entry),
		.entries_ptr = POINTER(&space.id_entry),
	};
	memcpy(space.id_entry.id, id.byte, PLASMA_ID_SIZE);
	return object_put(c, id, "x", 1);
}

static int fill_pending_fd(struct client *c, void *arg)
{
	struct plasma_pending_fd *pending = arg;

	*pending = (struct plasma_pending_fd){ .ns = c->ns };
	memcpy(pending->id, next_id().byte, PLASMA_ID_SIZE);
	return 0;
}

static int fill_name_get(struct client *c, void *arg)
{
	struct id id = next_id();

	*(struct plasma_name_get *)arg = (struct plasma_name_get){
		.ns = c->ns, .name_ptr = POINTER(next_name()),
		.name_len = strlen(space.name),
	};
	return object_put(c, id, "x", 1) || name_bind(c, id, space.name, 0);
}

static int fill_subscribe(struct client *c, void *arg)
{
	*(struct plasma_subscribe *)arg = (struct plasma_subscribe){
		.ns = c->ns, .queue_size = 4096,
	};
	return 0;
}

/* Once for a client and namespace, so it takes a new one each time. */
static int fill_quota_set(struct client *c, void *arg)
{
	int ns = ns_create(c->fd, next_name(), PLASMA_NS_EPHEMERAL, 0600, 0);

	*(struct plasma_quota_set *)arg = (struct plasma_quota_set){
		.ns = ns, .bytes = 1000, .name_ptr = POINTER("quota"), .name_len = 5,
	};
	return ns < 0;
}

static int fill_quota_list(struct client *c, void *arg)
{
	*(struct plasma_quota_list *)arg = (struct plasma_quota_list){
		.ns = c->ns, .count = 1, .entries_ptr = POINTER(&space.quota_info),
		.entry_size = sizeof(space.quota_info),
	};
	return 0;
}

static int fill_reap(struct client *c, void *arg)
{
	*(struct plasma_reap *)arg = (struct plasma_reap){ .ns = c->ns };
	return 0;
}

static int fill_export(struct client *c, void *arg)
{
	struct plasma_export *export = arg;
	struct id id = next_id();

	*export = (struct plasma_export){ .ns = c->ns };
	memcpy(export->id, id.byte, PLASMA_ID_SIZE);
	return object_put(c, id, "x", 1);
}

#define NONE	0xffff

struct command {
	const char *name;
	unsigned long number;
	unsigned int oldest;		/* bytes of the first version */
	int (*fill)(struct client *c, void *arg);
	__u32 flags;			/* that are known */
	unsigned int flags_at;
	unsigned int reserved_at;	/* or NONE */
	bool takes_handle;		/* at offset 0 */
	unsigned int reserved2_at;	/* or 0 */
	unsigned int fd_at;		/* of a descriptor that it makes, or 0 */
};

#define COMMAND(UPPER, lower, known, reserved, handle, ...)			\
	{									\
		.name = #UPPER,							\
		.number = PLASMA_IOC_##UPPER,					\
		.oldest = PLASMA_##UPPER##_SIZE_VER0,				\
		.fill = fill_##lower,						\
		.flags = known,							\
		.flags_at = offsetof(struct plasma_##lower, flags),		\
		.reserved_at = reserved,					\
		.takes_handle = handle,						\
		__VA_ARGS__							\
	}
#define RESERVED(lower) offsetof(struct plasma_##lower, __reserved)
#define RESERVED2(lower) .reserved2_at = offsetof(struct plasma_##lower, __reserved2)
#define MAKES_FD(lower) .fd_at = offsetof(struct plasma_##lower, out_fd)

static const struct command commands[] = {
	COMMAND(QUERY, query, 0, NONE, false),
	COMMAND(NS_CREATE, ns_create, PLASMA_NS_EPHEMERAL | PLASMA_NS_RECLAIM,
		RESERVED(ns_create), false),
	COMMAND(NS_OPEN, ns_open, PLASMA_ACCESS_READ | PLASMA_ACCESS_WRITE, NONE, false),
	COMMAND(NS_REMOVE, ns_remove, PLASMA_NS_REMOVE_FORCE, NONE, false),
	COMMAND(NS_LIST, ns_list, 0, NONE, false),
	COMMAND(NS_STAT, ns_stat, 0, RESERVED(ns_stat), false),
	COMMAND(NS_SET, ns_set, PLASMA_NS_SET_CAPACITY | PLASMA_NS_SET_MODE |
		PLASMA_NS_SET_OWNER | PLASMA_NS_SET_EVICT_PERCENT, NONE, false),
	COMMAND(CREATE, create, PLASMA_CREATE_NO_EVICT | PLASMA_CREATE_KEEP |
		PLASMA_CREATE_ZERO,
		RESERVED(create), true, RESERVED2(create)),
	COMMAND(RESIZE, resize, 0, RESERVED(resize), true),
	COMMAND(SEAL, seal, PLASMA_SEAL_RELEASE | PLASMA_SEAL_REPLACE, RESERVED(seal),
		true, RESERVED2(seal)),
	COMMAND(ABORT, abort, 0, RESERVED(abort), true),
	COMMAND(PUT, put, PLASMA_CREATE_NO_EVICT | PLASMA_CREATE_KEEP | PLASMA_PUT_HOLD |
		PLASMA_PUT_REPLACE, RESERVED(put), true, RESERVED2(put)),
	COMMAND(GET, get, PLASMA_GET_NO_HOLD, NONE, true),
	COMMAND(RELEASE, release, 0, NONE, true),
	COMMAND(DELETE, delete, PLASMA_DELETE_HIDE, NONE, true),
	COMMAND(STAT, stat, PLASMA_STAT_EVICTED, RESERVED(stat), true),
	COMMAND(LIST, list, PLASMA_LIST_BY_NAME, NONE, true),
	COMMAND(EVICT, evict, 0, NONE, true),
	COMMAND(PUT_BATCH, put_batch, PLASMA_CREATE_NO_EVICT | PLASMA_CREATE_KEEP, NONE,
		true),
	COMMAND(SEAL_BATCH, seal_batch, PLASMA_SEAL_RELEASE, NONE, true),
	COMMAND(REFRESH, refresh, 0, NONE, true),
	COMMAND(PENDING_FD, pending_fd, 0, NONE, true, MAKES_FD(pending_fd)),
	COMMAND(NAME_BIND, name_bind, PLASMA_NAME_REPLACE, NONE, true),
	COMMAND(NAME_UNBIND, name_unbind, 0, RESERVED(name_unbind), true),
	COMMAND(NAME_LOOKUP, name_lookup, 0, NONE, true),
	COMMAND(NAME_GET, name_get, 0, RESERVED(name_get), true),
	COMMAND(SUBSCRIBE, subscribe, PLASMA_SUBSCRIBE_NO_REPLAY |
		PLASMA_SUBSCRIBE_NONBLOCK, NONE, true, MAKES_FD(subscribe)),
	COMMAND(QUOTA_SET, quota_set, 0, RESERVED(quota_set), true),
	COMMAND(QUOTA_LIST, quota_list, 0, RESERVED(quota_list), true),
	COMMAND(REAP, reap, PLASMA_REAP_DRAIN, RESERVED(reap), true),
	COMMAND(EXPORT, export, 0, NONE, true, MAKES_FD(export)),
};

static unsigned long resized(unsigned long number, unsigned int size)
{
	return _IOC(_IOC_DIR(number), _IOC_TYPE(number), _IOC_NR(number), size);
}

/* Carries a command out, and closes what it made. */
static int perform(struct client *c, const struct command *command, unsigned long number,
		   void *arg)
{
	int ret = plasma_ioctl(c->fd, number, arg), fd;

	if (!ret && command->fd_at) {
		memcpy(&fd, (__u8 *)arg + command->fd_at, sizeof(fd));
		if (close(fd))
			return -EBADFD;
	}
	return ret;
}

/* All that a command could have changed. */
struct world {
	struct plasma_ns_info info;
	__u32 namespaces;
	__u64 store_used;
};

static struct world look(struct client *c)
{
	struct world world = { .info = ns_info(c) };
	struct plasma_query answer;

	query(c->fd, &answer);
	world.namespaces = answer.out_namespaces;
	world.store_used = answer.out_store_used;
	return world;
}

/* The command with its right arguments, spoilt by the caller, must fail and do nothing. */
static int refused(struct client *c, unsigned long number, void *arg)
{
	struct world before = look(c), after;
	int ret = plasma_ioctl(c->fd, number, arg);

	after = look(c);
	if (memcmp(&before, &after, sizeof(before)))
		complain(__FILE__, __LINE__, "changes by a refused command", 0, 1);
	return memcmp(&before, &after, sizeof(before)) ? -ESTALE : ret;
}

static __u8 buffer[2 * PAGE];

TEST_F(abi, right_arguments_are_right)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
		EXPECT_EQ(0, perform(&self->a, &commands[i], commands[i].number, buffer))
			TH_LOG("%s", commands[i].name);
	}
}

/* What the first programs pass is enough for ever, and nothing behind it is touched. */
TEST_F(abi, as_of_the_first_version)
{
	unsigned int i, size;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned int known = _IOC_SIZE(commands[i].number);

		for (size = commands[i].oldest; size < known; size += 4) {
			ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
			memset(buffer + size, POISON, known - size + 100);
			EXPECT_EQ(0, perform(&self->a, &commands[i],
					     resized(commands[i].number, size), buffer))
				TH_LOG("%s of %u bytes", commands[i].name, size);
			EXPECT_EQ(known - size + 100,
				  leading(buffer + size, known - size + 100, POISON))
				TH_LOG("%s of %u bytes", commands[i].name, size);
		}
	}
}

TEST_F(abi, too_short)
{
	unsigned int i, size;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned int oldest = commands[i].oldest;
		unsigned int sizes[] = { 0, 1, 4, 8, oldest / 2, oldest - 8, oldest - 4,
					 oldest - 1 };

		for (size = 0; size < ARRAY_SIZE(sizes); size++) {
			ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
			EXPECT_EQ(-EINVAL,
				  refused(&self->a, resized(commands[i].number, sizes[size]),
					  buffer))
				TH_LOG("%s of %u bytes", commands[i].name, sizes[size]);
		}
	}
}

TEST_F(abi, longer_with_zeros)
{
	static const unsigned int more[] = { 1, 4, 8, 100, 1000 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned int known = _IOC_SIZE(commands[i].number);

		for (j = 0; j < ARRAY_SIZE(more); j++) {
			ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
			memset(buffer + known, 0, more[j]);
			memset(buffer + known + more[j], POISON, 100);
			EXPECT_EQ(0, perform(&self->a, &commands[i],
					     resized(commands[i].number, known + more[j]),
					     buffer))
				TH_LOG("%s, %u more", commands[i].name, more[j]);
			EXPECT_EQ(more[j], leading(buffer + known, more[j], 0));
			EXPECT_EQ(100, leading(buffer + known + more[j], 100, POISON));
		}
	}
}

TEST_F(abi, longer_with_more)
{
	static const unsigned int more[] = { 1, 8, 100 };
	unsigned int i, j, at;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned int known = _IOC_SIZE(commands[i].number);

		for (j = 0; j < ARRAY_SIZE(more); j++) {
			for (at = 0; at < more[j]; at += more[j] > 8 ? 33 : 1) {
				ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
				memset(buffer + known, 0, more[j]);
				buffer[known + at] = 1;
				EXPECT_EQ(-E2BIG,
					  refused(&self->a, resized(commands[i].number,
								    known + more[j]),
						  buffer))
					TH_LOG("%s, byte %u of %u", commands[i].name, at,
					       more[j]);
			}
		}
	}
}

/* The structure ends where memory does. */
TEST_F(abi, at_the_end_of_memory)
{
	__u8 *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	ASSERT_EQ(0, mprotect(pages + PAGE, PAGE, PROT_NONE));
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned int known = _IOC_SIZE(commands[i].number);
		__u8 *at = pages + PAGE - known;

		ASSERT_EQ(0, commands[i].fill(&self->a, at));
		EXPECT_EQ(0, perform(&self->a, &commands[i], commands[i].number, at))
			TH_LOG("%s", commands[i].name);
		ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
		memcpy(at + 8, buffer, known - 8);
		EXPECT_EQ(-EFAULT, refused(&self->a, commands[i].number, at + 8))
			TH_LOG("%s", commands[i].name);
		EXPECT_EQ(-EFAULT, refused(&self->a, commands[i].number, NULL));
	}
	munmap(pages, 2 * PAGE);
}

/*
 * The structure lies where it can be read and not written: what the caller would not
 * learn of has not happened. What was evicted is gone all the same.
 */
TEST_F(abi, answers_that_cannot_be_given)
{
	__u8 *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	unsigned int i;

	ASSERT_NE(MAP_FAILED, page);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!(_IOC_DIR(commands[i].number) & _IOC_READ) ||
		    commands[i].number == PLASMA_IOC_EVICT)
			continue;
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		ASSERT_EQ(0, commands[i].fill(&self->a, page));
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
		EXPECT_EQ(-EFAULT, refused(&self->a, commands[i].number, page))
			TH_LOG("%s", commands[i].name);
	}
	munmap(page, PAGE);
}

/* A namespace that was not opened, or made, is not open, and takes no handle. */
TEST_F(abi, handles_that_cannot_be_given)
{
	__u8 *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	struct plasma_ns_open open;
	int fd = device_open(), i;

	ASSERT_NE(MAP_FAILED, page);
	for (i = 0; i < 3; i++) {
		struct world before = look(&self->a), after;

		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		ASSERT_EQ(0, fill_ns_open(&self->a, page));
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
		EXPECT_EQ(-EFAULT, plasma_ioctl(fd, PLASMA_IOC_NS_OPEN, page));
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		ASSERT_EQ(0, fill_ns_create(&self->a, page));
		ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ));
		EXPECT_EQ(-EFAULT, plasma_ioctl(fd, PLASMA_IOC_NS_CREATE, page));
		after = look(&self->a);
		EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
		EXPECT_EQ(-ENOENT, ns_open(fd, space.name, 0, &open));
	}
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd,
				   self->a.read_offset));
	ASSERT_EQ(0, ns_open(fd, self->a.name, 0, &open));
	EXPECT_EQ(1, open.out_ns);
	ASSERT_EQ(0, ns_open(fd, self->a.name, 0, &open));
	EXPECT_EQ(1, open.out_ns);
	EXPECT_EQ(2, ns_create(fd, next_name(), PLASMA_NS_EPHEMERAL, 0600, 0));
	close(fd);
	munmap(page, PAGE);
}

/* An object that was not resized is as it was. */
TEST_F(abi, sizes_that_cannot_be_told)
{
	static const __u64 sizes[] = { 0, 1, 5000, 8192, 20000, 3 * MIB, 40 * MIB };
	struct plasma_object_info was, is;
	struct plasma_resize *resize;
	unsigned int from, to;
	__u64 offset, again;

	resize = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, resize);
	for (from = 0; from < ARRAY_SIZE(sizes); from++) {
		ASSERT_EQ(0, object_create(&self->a, id_of(1), sizes[from], &offset));
		fill(self->a.write + offset, sizes[from], 7);
		ASSERT_EQ(0, object_stat(&self->a, id_of(1), &was));
		for (to = 0; to < ARRAY_SIZE(sizes); to++) {
			struct world before = look(&self->a), after;

			ASSERT_EQ(0, mprotect(resize, PAGE, PROT_READ | PROT_WRITE));
			*resize = (struct plasma_resize){ .ns = self->a.ns,
							  .data_size = sizes[to] };
			memcpy(resize->id, id_of(1).byte, PLASMA_ID_SIZE);
			ASSERT_EQ(0, mprotect(resize, PAGE, PROT_READ));
			EXPECT_EQ(-EFAULT, plasma_ioctl(self->a.fd, PLASMA_IOC_RESIZE, resize));
			after = look(&self->a);
			EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)))
				TH_LOG("from %llu to %llu", sizes[from], sizes[to]);
			ASSERT_EQ(0, object_stat(&self->a, id_of(1), &is));
			EXPECT_EQ(0, memcmp(&was, &is, sizeof(was)));
		}
		EXPECT_EQ(sizes[from], matching(self->a.write + offset, sizes[from], 7));
		/* What comes behind it later is zero all the same. */
		ASSERT_EQ(0, object_resize(&self->a, id_of(1), sizes[from] + 10000, &again));
		EXPECT_EQ(sizes[from], matching(self->a.write + again, sizes[from], 7));
		EXPECT_EQ(10000, leading(self->a.write + again + sizes[from], 10000, 0));
		ASSERT_EQ(0, object_abort(&self->a, id_of(1)));
	}
	munmap(resize, PAGE);
}

TEST_F(abi, unknown_flags)
{
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		for (bit = 0; bit < 32; bit++) {
			__u32 flags;

			if (commands[i].flags & 1U << bit)
				continue;
			ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
			memcpy(&flags, buffer + commands[i].flags_at, sizeof(flags));
			flags |= 1U << bit;
			memcpy(buffer + commands[i].flags_at, &flags, sizeof(flags));
			EXPECT_EQ(-EINVAL, refused(&self->a, commands[i].number, buffer))
				TH_LOG("%s, bit %u", commands[i].name, bit);
		}
	}
}

TEST_F(abi, reserved_members)
{
	unsigned int i, byte;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (commands[i].reserved_at == NONE)
			continue;
		for (byte = 0; byte < 4; byte++) {
			ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
			buffer[commands[i].reserved_at + byte] = 1;
			EXPECT_EQ(-EINVAL, refused(&self->a, commands[i].number, buffer))
				TH_LOG("%s", commands[i].name);
		}
	}
}

/* Those that came with a later version are no different. */
TEST_F(abi, reserved_members_of_later_versions)
{
	__u32 nowhere = ~0U;
	unsigned int i, byte;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!commands[i].reserved2_at)
			continue;
		for (byte = 0; byte < 4; byte++) {
			ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
			buffer[commands[i].reserved2_at + byte] = 1;
			EXPECT_EQ(-EINVAL, refused(&self->a, commands[i].number, buffer))
				TH_LOG("%s", commands[i].name);
			memcpy(buffer, &nowhere, sizeof(nowhere));
			EXPECT_EQ(-EINVAL, refused(&self->a, commands[i].number, buffer))
				TH_LOG("%s without a handle", commands[i].name);
		}
	}
}

/* Flags and reserved members come first, whatever else is wrong. */
TEST_F(abi, order_of_checks)
{
	__u32 nowhere = ~0U, flags = 1U << 31;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!commands[i].takes_handle)
			continue;
		ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
		memcpy(buffer, &nowhere, sizeof(nowhere));
		EXPECT_EQ(-EBADF, refused(&self->a, commands[i].number, buffer))
			TH_LOG("%s", commands[i].name);
		memcpy(buffer + commands[i].flags_at, &flags, sizeof(flags));
		EXPECT_EQ(-EINVAL, refused(&self->a, commands[i].number, buffer))
			TH_LOG("%s", commands[i].name);
		if (commands[i].reserved_at == NONE)
			continue;
		ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
		memcpy(buffer, &nowhere, sizeof(nowhere));
		buffer[commands[i].reserved_at] = 1;
		EXPECT_EQ(-EINVAL, refused(&self->a, commands[i].number, buffer))
			TH_LOG("%s", commands[i].name);
	}
}

TEST_F(abi, wrong_directions)
{
	unsigned int i, dir;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned long number = commands[i].number;

		for (dir = 0; dir < 4; dir++) {
			if (dir == _IOC_DIR(number))
				continue;
			ASSERT_EQ(0, commands[i].fill(&self->a, buffer));
			EXPECT_EQ(-ENOTTY,
				  refused(&self->a, _IOC(dir, _IOC_TYPE(number),
							 _IOC_NR(number), _IOC_SIZE(number)),
					  buffer))
				TH_LOG("%s, direction %u", commands[i].name, dir);
		}
	}
}

TEST_F(abi, unknown_commands)
{
	unsigned int i, nr, dir, command;
	bool known[256] = {};

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		known[_IOC_NR(commands[i].number)] = true;
	memset(buffer, 0, sizeof(buffer));
	for (nr = 0; nr < 256; nr++) {
		for (dir = 0; dir < 4; dir++) {
			command = _IOC(dir, PLASMA_IOC_MAGIC, nr, 64);
			if (!known[nr])
				EXPECT_EQ(-ENOTTY, plasma_ioctl(self->a.fd, command, buffer));
			command = _IOC(dir, PLASMA_IOC_MAGIC + 1, nr, 64);
			EXPECT_EQ(-ENOTTY, plasma_ioctl(self->a.fd, command, buffer));
		}
	}
	EXPECT_EQ(-ENOTTY, plasma_ioctl(self->a.fd, 0, buffer));
	EXPECT_EQ(-ENOTTY, plasma_ioctl(self->a.fd, ~0UL, buffer));
}

/* --- answers --------------------------------------------------------------- */

TEST_F(abi, query)
{
	struct plasma_query answer;

	ASSERT_EQ(0, query(self->a.fd, &answer));
	EXPECT_EQ(PLASMA_ABI_VERSION, answer.out_abi_version);
	EXPECT_EQ(PLASMA_FEATURE_NAMES | PLASMA_FEATURE_EVENTS | PLASMA_FEATURE_QUOTAS |
		  PLASMA_FEATURE_INDEX | PLASMA_FEATURE_EXPORT,
		  answer.out_features & ~(__u64)PLASMA_FEATURE_HUGE);
	EXPECT_EQ(0, answer.out_window_size & (answer.out_window_size - 1));
	EXPECT_LE(answer.out_store_size, answer.out_window_size);
	EXPECT_LT(0, answer.out_store_size);
	EXPECT_EQ(0, answer.out_store_used);
	EXPECT_LE(PAGE, answer.out_metadata_max);
	EXPECT_LE(64, answer.out_batch_max);
	EXPECT_EQ(sysconf(_SC_PAGESIZE), answer.out_page_size);
	EXPECT_EQ(answer.out_features & PLASMA_FEATURE_HUGE ? HUGE_PAGE : 0,
		  answer.out_huge_page_size);
	EXPECT_EQ(2, answer.out_namespaces);
	EXPECT_EQ(self->before.clients, answer.out_clients);
}

/* Each member of an answer that is called out_ is written. */
TEST_F(abi, nothing_is_left_unwritten)
{
	static const __u64 poison = 0xccccccccccccccccULL;
	struct plasma_create create = { .out_offset = poison };
	struct plasma_resize resize = { .out_offset = poison };
	struct plasma_put put = { .out_offset = poison };
	struct plasma_get_entry entry;
	struct plasma_evict evict;
	struct plasma_ns_info info;
	struct plasma_object_info object;

	ASSERT_EQ(0, fill_create(&self->a, &create));
	create.out_offset = poison;
	ASSERT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_CREATE, &create));
	EXPECT_NE(poison, create.out_offset);
	ASSERT_EQ(0, fill_resize(&self->a, &resize));
	resize.out_offset = poison;
	ASSERT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_RESIZE, &resize));
	EXPECT_NE(poison, resize.out_offset);
	ASSERT_EQ(0, fill_put(&self->a, &put));
	put.out_offset = poison;
	ASSERT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_PUT, &put));
	EXPECT_NE(poison, put.out_offset);

	ASSERT_EQ(-ENOENT, object_get(&self->a, next_id(), NOW, &entry));
	EXPECT_EQ(-ENOENT, entry.status);
	ASSERT_EQ(0, object_evict(&self->a, 0, &evict));
	EXPECT_EQ(0, evict.out_bytes);
	EXPECT_EQ(0, evict.out_objects);

	memset(&info, POISON, sizeof(info));
	ASSERT_EQ(0, ns_stat(self->a.fd, self->a.name, &info));
	EXPECT_NE(0xcccccccc, info.flags);
	EXPECT_EQ(2, info.objects - 1);
	EXPECT_EQ(1, info.sealed);
	EXPECT_EQ(0, info.in_use);
	EXPECT_EQ(0, info.names);
	EXPECT_EQ(1, info.clients);
	EXPECT_EQ(0, info.waiters);
	EXPECT_EQ(0, info.evictions);
	EXPECT_EQ(0, info.evicted_bytes);
	EXPECT_EQ(40, info.used);
	EXPECT_EQ(0, info.__reserved);

	ASSERT_EQ(0, object_put(&self->a, next_id(), "", 0));
	ASSERT_EQ(0, object_stat(&self->a, id_of(serial), &object));
	EXPECT_EQ(0, object.refs);
	EXPECT_EQ(0, object.data_size);
	EXPECT_EQ(0, object.metadata_size);
	EXPECT_EQ(0, object.__reserved);
}

/* Answers go as far as the caller knows them, and no further. */
TEST_F(abi, answers_of_other_sizes)
{
	static const __u32 sizes[] = { 1, 20, 100, 343, 344, 345, 376, 377, 400, 512 };
	struct plasma_object_info object;
	struct plasma_ns_info info;
	__u8 bytes[512 + 16];
	unsigned int i;

	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	ASSERT_EQ(0, object_stat(&self->a, id_of(1), &object));
	ASSERT_EQ(0, ns_stat(self->a.fd, self->a.name, &info));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		__u32 size = sizes[i], part;
		struct plasma_stat stat = {
			.ns = self->a.ns, .info_size = size,
			.info_ptr = POINTER(bytes),
		};
		struct plasma_ns_stat of_ns = {
			.name_ptr = POINTER(self->a.name),
			.name_len = strlen(self->a.name),
			.info_size = size, .info_ptr = POINTER(bytes),
		};

		memcpy(stat.id, id_of(1).byte, PLASMA_ID_SIZE);
		memset(bytes, POISON, sizeof(bytes));
		ASSERT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_STAT, &stat));
		part = size < sizeof(object) ? size : sizeof(object);
		EXPECT_EQ(0, memcmp(bytes, &object, part));
		EXPECT_EQ(size - part, leading(bytes + part, size - part, 0));
		EXPECT_EQ(16, leading(bytes + size, 16, POISON));

		memset(bytes, POISON, sizeof(bytes));
		ASSERT_EQ(0, plasma_ioctl(self->a.fd, PLASMA_IOC_NS_STAT, &of_ns));
		part = size < sizeof(info) ? size : sizeof(info);
		EXPECT_EQ(0, memcmp(bytes, &info, part));
		EXPECT_EQ(size - part, leading(bytes + part, size - part, 0));
		EXPECT_EQ(16, leading(bytes + size, 16, POISON));
	}
}

/* Entries of arrays that are read as well as written have one size. */
TEST_F(abi, entry_sizes)
{
	static const struct {
		int (*fill)(struct client *c, void *arg);
		unsigned long number;
		unsigned int at;
	} arrays[] = {
		{ fill_get, PLASMA_IOC_GET, offsetof(struct plasma_get, entry_size) },
		{ fill_release, PLASMA_IOC_RELEASE,
		  offsetof(struct plasma_release, entry_size) },
		{ fill_delete, PLASMA_IOC_DELETE, offsetof(struct plasma_delete, entry_size) },
		{ fill_put_batch, PLASMA_IOC_PUT_BATCH,
		  offsetof(struct plasma_put_batch, entry_size) },
		{ fill_seal_batch, PLASMA_IOC_SEAL_BATCH,
		  offsetof(struct plasma_seal_batch, entry_size) },
		{ fill_refresh, PLASMA_IOC_REFRESH,
		  offsetof(struct plasma_refresh, entry_size) },
	};
	__u32 right, wrong[5], i, j;

	for (i = 0; i < ARRAY_SIZE(arrays); i++) {
		ASSERT_EQ(0, arrays[i].fill(&self->a, buffer));
		memcpy(&right, buffer + arrays[i].at, sizeof(right));
		wrong[0] = 0;
		wrong[1] = right - 1;
		wrong[2] = right + 1;
		wrong[3] = right + 16;
		wrong[4] = ~0U;
		for (j = 0; j < ARRAY_SIZE(wrong); j++) {
			ASSERT_EQ(0, arrays[i].fill(&self->a, buffer));
			memcpy(buffer + arrays[i].at, &wrong[j], sizeof(wrong[j]));
			EXPECT_EQ(-EINVAL, refused(&self->a, arrays[i].number, buffer))
				TH_LOG("array %u, %u bytes", i, wrong[j]);
		}
	}
}

/* --- answers whose size the caller chooses ------------------------------------- */

static int sized_call(const struct client *c, unsigned int which, __u32 size)
{
	static __u8 space[2 * PAGE];
	struct plasma_stat stat = { .ns = c->ns, .info_size = size,
				    .info_ptr = POINTER(space) };
	struct plasma_list list = { .ns = c->ns, .count = 1, .entry_size = size,
				    .entries_ptr = POINTER(space) };
	struct plasma_ns_stat ns_stat = { .name_ptr = POINTER(c->name), .info_size = size,
					  .name_len = strlen(c->name),
					  .info_ptr = POINTER(space) };
	struct plasma_ns_list ns_list = { .count = 1, .entry_size = size,
					  .entries_ptr = POINTER(space) };
	struct plasma_quota_list quota_list = { .ns = c->ns, .count = 1, .entry_size = size,
						.entries_ptr = POINTER(space) };

	memcpy(stat.id, id_of(1).byte, PLASMA_ID_SIZE);
	switch (which) {
	case 0:
		return plasma_ioctl(c->fd, PLASMA_IOC_STAT, &stat);
	case 1:
		return plasma_ioctl(c->fd, PLASMA_IOC_LIST, &list);
	case 2:
		return plasma_ioctl(c->fd, PLASMA_IOC_NS_STAT, &ns_stat);
	case 3:
		return plasma_ioctl(c->fd, PLASMA_IOC_NS_LIST, &ns_list);
	default:
		return plasma_ioctl(c->fd, PLASMA_IOC_QUOTA_LIST, &quota_list);
	}
}

TEST_F(abi, size_of_an_answer)
{
	unsigned int i;

	ASSERT_EQ(0, object_put(&self->a, id_of(1), "x", 1));
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(-EINVAL, sized_call(&self->a, i, 0)) TH_LOG("call %u", i);
		EXPECT_EQ(0, sized_call(&self->a, i, 1)) TH_LOG("call %u", i);
		EXPECT_EQ(0, sized_call(&self->a, i, PAGE)) TH_LOG("call %u", i);
		EXPECT_EQ(-E2BIG, sized_call(&self->a, i, PAGE + 1)) TH_LOG("call %u", i);
		EXPECT_EQ(-E2BIG, sized_call(&self->a, i, ~0U)) TH_LOG("call %u", i);
	}
}

/* --- 32-bit callers -------------------------------------------------------- */

#define OPEN		6
#define REACHABLE	(1ULL << 44)

/* The first byte of an object of one byte, by a mapping of its page; or a negative errno. */
static int first_byte(const struct client *c, __u64 read_offset, struct id id)
{
	struct plasma_get_entry entry;
	__u8 *page;
	int ret;

	ret = object_get(c, id, NOW, &entry);
	if (ret)
		return ret;
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, c->fd,
		    read_offset + entry.offset / PAGE * PAGE);
	if (page == MAP_FAILED)
		return -errno;
	ret = page[entry.offset % PAGE];
	munmap(page, PAGE);
	return ret;
}

/* As many namespaces as anybody has room for, and each window shows its own. */
TEST_F(abi, windows_of_many_namespaces)
{
	const bool small = sizeof(long) == 4;
	struct client c = { .fd = device_open() }, other = { .fd = device_open() };
	struct plasma_ns_open open;
	char bytes[] = "012345";
	int i, unreachable = 0;
	__u64 offset;

	for (i = 0; i < OPEN; i++) {
		ASSERT_EQ(i + 1, ns_create(c.fd, next_name(), PLASMA_NS_EPHEMERAL, 0600, 0));
		ASSERT_EQ(0, ns_open(c.fd, space.name, 0, &open));
		c.ns = open.out_ns;
		ASSERT_EQ(0, object_put(&c, id_of(1), &bytes[i], 1));
		offset = i * 4 * window_size();
		if (!small || offset < REACHABLE) {
			EXPECT_EQ(offset, open.out_read_offset);
			EXPECT_EQ(bytes[i], first_byte(&c, open.out_read_offset, id_of(1)));
			continue;
		}
		EXPECT_EQ(PLASMA_OFFSET_NONE, open.out_read_offset);
		EXPECT_EQ(PLASMA_OFFSET_NONE, open.out_write_offset);
		EXPECT_EQ(PLASMA_OFFSET_NONE, open.out_index_offset);
		EXPECT_EQ(PLASMA_OFFSET_NONE, open.out_pins_offset);
		EXPECT_EQ(0, open.out_index_size);
		EXPECT_EQ(0, open.out_pins_size);
		EXPECT_EQ(-EINVAL, first_byte(&c, open.out_read_offset, id_of(1)));
		/* By a descriptor of its own it is to be had. */
		ASSERT_EQ(0, ns_open(other.fd, space.name, 0, &open));
		other.ns = open.out_ns;
		EXPECT_EQ(0, open.out_read_offset);
		EXPECT_EQ(bytes[i], first_byte(&other, open.out_read_offset, id_of(1)));
		close(other.fd);
		other.fd = device_open();
		unreachable++;
	}
	EXPECT_EQ(small, unreachable > 0);
	close(other.fd);
	close(c.fd);
}

struct old_call {
	int fd;
	unsigned int command;
	void *arg;
	int ret;
};

static void call_by_gate(void *data)
{
#ifdef __x86_64__
	struct old_call *call = data;
	long ret = 54;	/* ioctl, as 32-bit programs number it */

	__asm__ volatile("int $0x80"
			 : "+a" (ret)
			 : "b" ((long)call->fd), "c" ((long)call->command),
			   "d" ((long)call->arg)
			 : "memory", "cc", "r8", "r9", "r10", "r11");
	call->ret = ret;
#else
	(void)data;
#endif
}

/* The same structures, by the door of 32-bit programs. */
TEST_F(abi, compat)
{
	struct old_call call = { .fd = self->a.fd, .ret = 1 };
	struct plasma_get_entry *entry;
	struct plasma_query *answer;
	struct plasma_ns_open *open;
	struct plasma_put *put;
	struct plasma_get *get;
	__u8 *low;
	int i;

	low = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, low);
	answer = (void *)low;
	call.command = PLASMA_IOC_QUERY;
	call.arg = answer;
	if (guarded(call_by_gate, &call) || call.ret == -ENOSYS || call.ret == 1)
		SKIP(return, "no system calls of 32-bit programs here");
	ASSERT_EQ(0, call.ret);
	EXPECT_EQ(window_size(), answer->out_window_size);

	memset(low, 0, PAGE);
	memcpy(low + 1024, "bytes", 5);
	put = (void *)low;
	put->ns = self->a.ns;
	put->data_ptr = POINTER(low + 1024);
	put->data_size = 5;
	memcpy(put->id, id_of(1).byte, PLASMA_ID_SIZE);
	call.command = PLASMA_IOC_PUT;
	call.arg = put;
	ASSERT_EQ(0, guarded(call_by_gate, &call));
	ASSERT_EQ(0, call.ret);

	memset(low, 0, PAGE);
	get = (void *)low;
	entry = (void *)(low + 1024);
	memcpy(entry->id, id_of(1).byte, PLASMA_ID_SIZE);
	get->ns = self->a.ns;
	get->count = 1;
	get->entry_size = sizeof(*entry);
	get->entries_ptr = POINTER(entry);
	get->deadline_ns = PLASMA_FOREVER;
	call.command = PLASMA_IOC_GET;
	call.arg = get;
	ASSERT_EQ(0, guarded(call_by_gate, &call));
	ASSERT_EQ(0, call.ret);
	EXPECT_EQ(1, get->out_ready);
	EXPECT_EQ(5, entry->data_size);
	EXPECT_EQ(0, memcmp(self->a.read + entry->offset, "bytes", 5));

	/* The fifth namespace of a client is where 32 bits do not reach. */
	for (i = 0; i < 4; i++)
		ASSERT_EQ(i + 2, ns_create(self->a.fd, next_name(), PLASMA_NS_EPHEMERAL, 0600, 0));
	memset(low, 0, PAGE);
	strcpy((char *)low + 1024, space.name);
	open = (void *)low;
	open->name_ptr = POINTER(low + 1024);
	open->name_len = strlen(space.name);
	call.command = PLASMA_IOC_NS_OPEN;
	call.arg = open;
	ASSERT_EQ(0, guarded(call_by_gate, &call));
	ASSERT_EQ(0, call.ret);
	EXPECT_EQ(5, open->out_ns);
	EXPECT_EQ(PLASMA_OFFSET_NONE, open->out_read_offset);
	EXPECT_EQ(PLASMA_OFFSET_NONE, open->out_write_offset);
	EXPECT_EQ(0, open->out_index_size);
	EXPECT_EQ(0, open->out_pins_size);

	call.command = _IOC(_IOC_NONE, PLASMA_IOC_MAGIC, 0x7f, 0);
	ASSERT_EQ(0, guarded(call_by_gate, &call));
	EXPECT_EQ(-ENOTTY, call.ret);
	munmap(low, PAGE);
}

TEST_HARNESS_MAIN
