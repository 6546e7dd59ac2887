#ifndef CWEBASSETS_H
#define CWEBASSETS_H

#include <stddef.h>

/// A file that is part of the program.
struct tocsin_asset {
    const char *_Nonnull name;
    const unsigned char *_Nonnull bytes;
    size_t size;
};

/// The file at a place in the list, or null behind its end.
const struct tocsin_asset *_Nullable tocsin_asset_at(size_t index);

#endif
