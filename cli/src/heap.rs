//! How much memory glibc's allocator keeps for what comes next, where much is taken and given back many times. Other allocators lose nothing by this.

use std::hint::black_box;

/// Two pages less than the size up to which glibc learns, `DEFAULT_MMAP_THRESHOLD_MAX` of malloc.c on 64 bits: it counts its own books too, and whole
/// pages, and a piece of just that size is not learned from.
const LEARNED_BYTES_MAX: usize = (32 << 20) - 2 * 4096;

/// Makes glibc keep up to twice 32 MiB of freed memory for each thread. Left alone it gives everything over 128 KiB back to Linux at once, and asks
/// for it again, page by page, a moment later. It learns from the first large piece that is given back
/// (mallopt(3), `M_MMAP_THRESHOLD`); no page of it is touched.
pub(crate) fn keep_freed() {
    take_and_give_back(LEARNED_BYTES_MAX);
}

/// Makes room for so many bytes in the part of the heap that belongs to this thread. Outside the first thread glibc grows that part by no more than
/// what is asked for, one call to Linux for every few pages.
pub(crate) fn make_room(bytes: usize) {
    take_and_give_back(bytes);
}

fn take_and_give_back(bytes: usize) {
    let mut room = Vec::<u8>::new();
    // Where there is not so much to be had, nothing is lost.
    if room.try_reserve_exact(bytes).is_ok() {
        drop(black_box(room));
    }
}
