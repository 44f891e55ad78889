/* The operators of a quantised model. What each computes is defined in docs/formats/integer-arithmetic.md; activations are
   [height, width, channels] row-major, one byte an element. No heap, no stdio, no floating point. */
#ifndef KWS_KERNELS_H
#define KWS_KERNELS_H

#include <stdint.h>

/* sum to output: (sum * multiplier + 2^(shift + 32)) >> (shift + 33). Layers with a negative shift go to kws_plain. */
typedef struct {
    int32_t bias; /* with the input's zero point folded in */
    int32_t multiplier;
    int32_t shift;
} kws_scale_t;

typedef struct {
    int16_t in_height, in_width, in_channels;
    int16_t out_height, out_width, out_channels;
    int16_t kernel_height, kernel_width;
    int16_t stride_height, stride_width;
    int16_t dilation_height, dilation_width;
    int16_t pad_height, pad_width;
    int16_t groups;
    int16_t bands; /* sub-bands of the output's rows, each with a scale of its own for every channel */
    int16_t out_offset; /* 1 + 2 * the output's zero point */
    int8_t in_zero, out_min;
    int32_t row; /* bytes of one output channel's weights */
    const int8_t *weights;
    const kws_scale_t *scale; /* [band, out channel] */
} kws_conv_t;

/* One group. weights: [out channel, row], row rounded up to 4 bytes. in and out may begin at the same byte where the kernel is 1x1 with stride 1
   and an output pixel is no longer than an input pixel. scratch: two columns of `row` int16 and one of `row` int8, aligned to 4 bytes. */
void kws_conv(const kws_conv_t *op, const int8_t *in, int8_t *out, void *scratch);

/* As many groups and outputs as inputs, at most KWS_MAX_TAPS kernel elements. weights: [kernel element, channel]. scratch: in_channels bytes,
   aligned to 4. */
#define KWS_MAX_TAPS 64
void kws_depthwise(const kws_conv_t *op, const int8_t *in, int8_t *out, void *scratch);

/* Any convolution, slowly. weights: [out channel, row]. */
void kws_plain(const kws_conv_t *op, const int8_t *in, int8_t *out);

/* out may be in. */
void kws_table(const int8_t table[256], const int8_t *in, int8_t *out, int32_t size);

typedef struct {
    const int8_t *in;
    int32_t row;    /* bytes from one row to the next; 0 where the only row is repeated */
    int32_t pixel;  /* bytes from one pixel to the next; 0 where the only column is repeated */
    int32_t factor;
} kws_term_t;

/* base: minus the sum of zero point times factor. out may be a term of the output's own size. */
void kws_add(const kws_term_t *terms, int32_t count, int32_t base, int32_t shift, int32_t zero, int32_t min, int8_t *out,
             int32_t height, int32_t width, int32_t channels);

/* Mean of `count` pixels that lie `step` bytes apart, for `size` outputs that lie one byte apart. */
void kws_mean(const int8_t *in, int8_t *out, int32_t size, int32_t count, int32_t step, int32_t in_zero, int32_t out_zero,
              kws_scale_t scale);

/* Greatest of each window; the windows lie within the input. */
void kws_max_pool(const int8_t *in, int8_t *out, int32_t in_width, int32_t channels, int32_t out_height, int32_t out_width,
                  int32_t kernel_height, int32_t kernel_width, int32_t stride_height, int32_t stride_width);

void kws_transpose(const int8_t *in, int8_t *out, int32_t height, int32_t width, int32_t channels);

#endif
