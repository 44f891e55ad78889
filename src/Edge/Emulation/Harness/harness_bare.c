/* Runs the model on every clip of the file clips.pcm and writes features and outputs to results.bin, both on the emulator's host. */
#include <stdint.h>

#include "frontend.h"
#include "model.h"

enum { SYS_OPEN = 1, SYS_WRITE = 5, SYS_READ = 6, SYS_EXIT_EXTENDED = 0x20, READ_BINARY = 1, WRITE_BINARY = 5 };

static int32_t semihost(int32_t operation, const void *arguments)
{
    register int32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = arguments;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void stop(int code)
{
    const uint32_t arguments[2] = {0x20026, (uint32_t)code};
    semihost(SYS_EXIT_EXTENDED, arguments);
    for (;;) {
    }
}

static int32_t open_file(const char *name, uint32_t length, uint32_t mode)
{
    const uint32_t arguments[3] = {(uint32_t)(uintptr_t)name, mode, length};
    return semihost(SYS_OPEN, arguments);
}

/* Bytes that were not moved. */
static int32_t move(int32_t operation, int32_t file, const void *bytes, uint32_t count)
{
    const uint32_t arguments[3] = {(uint32_t)file, (uint32_t)(uintptr_t)bytes, count};
    return semihost(operation, arguments);
}

/* Instructions are counted from the start of kws_features or kws_infer to here. */
__attribute__((noinline)) void harness_mark(void)
{
    __asm volatile("" ::: "memory");
}

static int16_t pcm[KWS_SAMPLES];
static int8_t out[KWS_CLASSES];

int main(void)
{
    int32_t clips = open_file("clips.pcm", 9, READ_BINARY), results = open_file("results.bin", 11, WRITE_BINARY);
    if (clips < 0 || results < 0) {
        return 2;
    }
    while (move(SYS_READ, clips, pcm, sizeof pcm) == 0) {
        const int8_t *features = kws_features(pcm);
        harness_mark();
        if (move(SYS_WRITE, results, features, KWS_FEATURES) != 0) {
            return 3;
        }
        kws_infer(out);
        harness_mark();
        if (move(SYS_WRITE, results, out, sizeof out) != 0) {
            return 3;
        }
    }
    return 0;
}
