/*
 * A library that simulates a full disk while the file named by SEATKEEPER_FULL_DISK exists. The
 * loader loads it before the C library, and it rejects every write that would make a file longer.
 * A write within a file's length succeeds, as on a real disk. PostgreSQL's write-ahead log counts
 * as on a disk of its own.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(type, name, ...)                            \
    static type (*real)(__VA_ARGS__);                    \
    if (!real)                                           \
        real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int has_own_disk(int fd)
{
    char link[32], path[4096];
    ssize_t length;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return strstr(path, "/pg_wal/") != NULL;
}

/* Whether the write would make the file longer. A negative `at` means the current offset. */
static int no_room(int fd, off_t at, size_t count)
{
    const char *flag = getenv("SEATKEEPER_FULL_DISK");
    struct stat file;

    if (fd <= STDERR_FILENO || !flag || access(flag, F_OK))
        return 0;
    if (fstat(fd, &file) || !S_ISREG(file.st_mode))
        return 0;
    if (at < 0)
        at = fcntl(fd, F_GETFL) & O_APPEND ? file.st_size : lseek(fd, 0, SEEK_CUR);
    return at + (off_t)count > file.st_size && !has_own_disk(fd);
}

static size_t total(const struct iovec *parts, int count)
{
    size_t sum = 0;

    while (count-- > 0)
        sum += parts[count].iov_len;
    return sum;
}

static int full(void)
{
    errno = ENOSPC;
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t count)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    return no_room(fd, -1, count) ? full() : real(fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    return no_room(fd, -1, total(parts, count)) ? full() : real(fd, parts, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at)
{
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return no_room(fd, at, count) ? full() : real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at)
{
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
    return no_room(fd, at, count) ? full() : real(fd, bytes, count, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at)
{
    REAL(ssize_t, "pwritev", int, const struct iovec *, int, off_t);
    return no_room(fd, at, total(parts, count)) ? full() : real(fd, parts, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at)
{
    REAL(ssize_t, "pwritev64", int, const struct iovec *, int, off_t);
    return no_room(fd, at, total(parts, count)) ? full() : real(fd, parts, count, at);
}

int posix_fallocate(int fd, off_t at, off_t count)
{
    REAL(int, "posix_fallocate", int, off_t, off_t);
    return no_room(fd, at, (size_t)count) ? ENOSPC : real(fd, at, count);
}

int posix_fallocate64(int fd, off_t at, off_t count)
{
    REAL(int, "posix_fallocate64", int, off_t, off_t);
    return no_room(fd, at, (size_t)count) ? ENOSPC : real(fd, at, count);
}
