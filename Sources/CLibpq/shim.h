// libpq, and the few things that Swift can't do with it by itself.

#ifndef TOCSIN_CLIBPQ_SHIM_H
#define TOCSIN_CLIBPQ_SHIM_H

#include <errno.h>
#include <poll.h>
#include <stddef.h>

// Debian keeps it in a folder of its own, which pkg-config names.
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif

/// Waits until a socket can be read (or written): 1 when it can, 0 when the time is over, -1 on an error.
static inline int tocsin_pq_wait(int socket, int writable, int milliseconds) {
    struct pollfd entry = {.fd = socket, .events = (short)(POLLIN | (writable ? POLLOUT : 0)), .revents = 0};
    int ready = poll(&entry, 1, milliseconds);
    if (ready < 0) return errno == EINTR ? 0 : -1;
    return ready > 0;
}

/// The five characters that name the error; NULL where the server sent none.
static inline const char *tocsin_pq_sqlstate(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

/// The error's sentence, without the detail that may hold a row's values.
static inline const char *tocsin_pq_message(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}

/// The constraint that a row violates; NULL where it is not about one.
static inline const char *tocsin_pq_constraint(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
}

static inline void tocsin_pq_ignore_notice(void *argument, const char *message) {
    (void)argument;
    (void)message;
}

/// Keeps the server's notices off the standard error stream.
static inline void tocsin_pq_silence(PGconn *connection) {
    PQsetNoticeProcessor(connection, tocsin_pq_ignore_notice, NULL);
}

#endif
