/* The smallest program around a model: what its flash and RAM are measured on. A board's own program fills kws_pcm from its microphone. */
#include "frontend.h"
#include "model.h"

int16_t kws_pcm[KWS_SAMPLES];
int8_t kws_out[KWS_CLASSES];

void stop(int code)
{
    (void)code;
    for (;;) {
        __asm volatile("wfi");
    }
}

int main(void)
{
    kws_run(kws_pcm, kws_out);
    return 0;
}
