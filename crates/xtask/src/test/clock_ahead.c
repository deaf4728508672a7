/*
 * A clock that is CLOCK_AHEAD_SECONDS ahead. The loader loads this library before the C library, and
 * it moves every time of day that a program reads. Durations do not change, because the library does
 * not touch the monotonic clock. A wait until an absolute time of the real-time clock would be too
 * long by that number of seconds; no program that the tests start waits like that.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#define REAL(type, name, ...)                            \
    static type (*real)(__VA_ARGS__);                    \
    if (!real)                                           \
        real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static time_t ahead;

__attribute__((constructor)) static void set_ahead(void)
{
    const char *seconds = getenv("CLOCK_AHEAD_SECONDS");

    if (seconds)
        ahead = (time_t)atoll(seconds);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    REAL(int, "clock_gettime", clockid_t, struct timespec *);
    int failed = real(clock, now);

    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += ahead;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    REAL(int, "gettimeofday", struct timeval *, void *);
    int failed = real(now, zone);

    if (!failed)
        now->tv_sec += ahead;
    return failed;
}

time_t time(time_t *result)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (result)
        *result = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *now, int base)
{
    if (base != TIME_UTC || clock_gettime(CLOCK_REALTIME, now))
        return 0;
    return base;
}
