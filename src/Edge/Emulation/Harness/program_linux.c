/* kws: reads clips of one second (16-bit mono PCM, little-endian) from standard input and prints the class heard in each.
   With --results FILE it writes each clip's quantised features and outputs there instead. */
#include <stdio.h>
#include <string.h>

#include "frontend.h"
#include "model.h"

/* Instructions are counted from the start of kws_features or kws_infer to here. */
__attribute__((noinline)) void harness_mark(void)
{
    __asm volatile("" ::: "memory");
}

static int write_results(FILE *results, const int16_t *pcm)
{
    int8_t out[KWS_CLASSES];
    const int8_t *features = kws_features(pcm);
    harness_mark();
    if (fwrite(features, 1, KWS_FEATURES, results) != KWS_FEATURES) {
        return 0;
    }
    kws_infer(out);
    harness_mark();
    return fwrite(out, 1, sizeof out, results) == sizeof out;
}

static void print_class(const int16_t *pcm)
{
    int8_t out[KWS_CLASSES];
    int best = 0;
    kws_run(pcm, out);
    for (int c = 1; c < KWS_CLASSES; c++) {
        best = out[c] > out[best] ? c : best;
    }
    printf("%s\n", kws_class_names[best]);
}

int main(int argc, char **argv)
{
    static int16_t pcm[KWS_SAMPLES];
    FILE *results = NULL;
    if (argc == 3 && strcmp(argv[1], "--results") == 0) {
        results = fopen(argv[2], "wb");
    }
    if (argc != 1 && results == NULL) {
        fprintf(stderr, "usage: kws [--results FILE] < clips of one second, 16-bit mono PCM at 16 kHz\n");
        return 2;
    }
    while (fread(pcm, sizeof pcm[0], KWS_SAMPLES, stdin) == KWS_SAMPLES) {
        if (results == NULL) {
            print_class(pcm);
        } else if (!write_results(results, pcm)) {
            return 3;
        }
    }
    return results != NULL && fclose(results) != 0 ? 3 : 0;
}
