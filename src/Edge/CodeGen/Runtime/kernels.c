#include "kernels.h"

#include <string.h>

#if defined(__ARM_FEATURE_DSP) && !defined(KWS_PLAIN)
#include <arm_acle.h>
#define KWS_DSP 1
#else
#define KWS_DSP 0
#endif

/* value / 2, rounded down and saturated to [min, 127]. */
static inline int32_t halve(int32_t value, int32_t min)
{
#if KWS_DSP
    int32_t half = __ssat(value >> 1, 8);
#else
    int32_t half = value >> 1;
    half = half > 127 ? 127 : half;
#endif
    return half < min ? min : half;
}

/* The output for a sum whose scale has no negative shift. The low word of the product cannot reach it, and
   zero + ((high + 2^shift) >> (shift + 1)) = ((high >> shift) + 1 + 2 zero) >> 1; offset is 1 + 2 zero. */
static inline int32_t rescale(int32_t sum, const kws_scale_t *scale, int32_t offset, int32_t min)
{
    int32_t high = (int32_t)(((int64_t)sum * scale->multiplier) >> 32);
    return halve((high >> scale->shift) + offset, min);
}

static inline int8_t rescale_any(int32_t sum, const kws_scale_t *scale, int32_t zero, int32_t min)
{
    int32_t shift = scale->shift + 33;
    int64_t value = zero + (((int64_t)sum * scale->multiplier + ((int64_t)1 << (shift - 1))) >> shift);
    return (int8_t)(value < min ? min : value > 127 ? 127 : value);
}

static inline int outside(const kws_conv_t *op, int32_t row, int32_t column)
{
    return row < 0 || row >= op->in_height || column < 0 || column >= op->in_width;
}

/* The input pixels under the kernel at one output pixel, one after the other; what lies outside reads as the zero point. */
static void gather(const kws_conv_t *op, const int8_t *in, int32_t y, int32_t x, int8_t *column)
{
    int32_t channels = op->in_channels, width = op->kernel_width;
    int32_t left = x * op->stride_width - op->pad_width;
    int contiguous = op->dilation_width == 1 && left >= 0 && left + width <= op->in_width;
    for (int32_t ky = 0; ky < op->kernel_height; ky++) {
        int32_t row = y * op->stride_height - op->pad_height + ky * op->dilation_height;
        if (row < 0 || row >= op->in_height) {
            memset(column, op->in_zero, (size_t)(width * channels));
            column += width * channels;
        } else if (contiguous) {
            memcpy(column, in + (row * op->in_width + left) * channels, (size_t)(width * channels));
            column += width * channels;
        } else {
            for (int32_t kx = 0; kx < width; kx++, column += channels) {
                int32_t at = left + kx * op->dilation_width;
                if (at < 0 || at >= op->in_width) {
                    memset(column, op->in_zero, (size_t)channels);
                } else {
                    memcpy(column, in + (row * op->in_width + at) * channels, (size_t)channels);
                }
            }
        }
    }
}

#if KWS_DSP

static inline uint32_t word(const void *at)
{
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

/* Bytes 0 and 2 of a word as two int16. */
static inline int16x2_t even_bytes(uint32_t four)
{
    return __sxtb16((int8x4_t)four);
}

/* Bytes 1 and 3; the rotation is part of the instruction, which no intrinsic says. */
static inline int16x2_t odd_bytes(uint32_t four)
{
    int16x2_t pair;
    __asm("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(four));
    return pair;
}

/* Four int8 become two words of two int16, elements 0 and 2, then 1 and 3: the order in which SXTB16 unpacks the weights. The words of two columns
   take turns. */
static void widen(const int8_t *from, int32_t bytes, uint32_t *to)
{
    for (const int8_t *end = from + bytes; from < end; from += 4, to += 4) {
        uint32_t four = word(from);
        to[0] = (uint32_t)even_bytes(four);
        to[1] = (uint32_t)odd_bytes(four);
    }
}

static void column_of(const kws_conv_t *op, const int8_t *in, int32_t pixel, int8_t *bytes, uint32_t *wide)
{
    int pointwise = op->row == op->in_channels && op->stride_height * op->stride_width == 1 && op->pad_height + op->pad_width == 0;
    if (pointwise) {
        widen(in + pixel * op->row, op->row, wide);
    } else {
        gather(op, in, pixel / op->out_width, pixel % op->out_width, bytes);
        widen(bytes, op->row, wide);
    }
}

/* One output channel of two pixels, which share the unpacked weights. */
static void conv_one(const kws_conv_t *op, const kws_scale_t *scale, const int8_t *weights, const uint32_t *x, int8_t *out, int8_t *other)
{
    int32_t a = scale->bias, b = a;
    for (const int8_t *end = weights + op->row; weights < end; weights += 4, x += 4) {
        uint32_t four = word(weights);
        int16x2_t even = even_bytes(four), odd = odd_bytes(four);
        a = __smlad(even, (int16x2_t)x[0], a);
        a = __smlad(odd, (int16x2_t)x[1], a);
        b = __smlad(even, (int16x2_t)x[2], b);
        b = __smlad(odd, (int16x2_t)x[3], b);
    }
    *out = (int8_t)rescale(a, scale, op->out_offset, op->out_min);
    *other = (int8_t)rescale(b, scale, op->out_offset, op->out_min);
}

/* All outputs of two pixels, two channels at a time: each word read serves two. */
static void conv_pair(const kws_conv_t *op, const kws_scale_t *scale, const uint32_t *columns, int8_t *out, int8_t *other)
{
    const int8_t *weights = op->weights;
    int32_t row = op->row, offset = op->out_offset, min = op->out_min, left = op->out_channels;
    for (; left >= 2; left -= 2, scale += 2, weights += row, out += 2, other += 2) {
        int32_t a0 = scale[0].bias, b0 = a0, a1 = scale[1].bias, b1 = a1;
        const uint32_t *x = columns;
        for (const int8_t *end = weights + row; weights < end; weights += 4, x += 4) {
            uint32_t upper = word(weights), lower = word(weights + row);
            int16x2_t even0 = even_bytes(upper), odd0 = odd_bytes(upper), even1 = even_bytes(lower), odd1 = odd_bytes(lower);
            a0 = __smlad(even0, (int16x2_t)x[0], a0);
            a1 = __smlad(even1, (int16x2_t)x[0], a1);
            a0 = __smlad(odd0, (int16x2_t)x[1], a0);
            a1 = __smlad(odd1, (int16x2_t)x[1], a1);
            b0 = __smlad(even0, (int16x2_t)x[2], b0);
            b1 = __smlad(even1, (int16x2_t)x[2], b1);
            b0 = __smlad(odd0, (int16x2_t)x[3], b0);
            b1 = __smlad(odd1, (int16x2_t)x[3], b1);
        }
        out[0] = (int8_t)rescale(a0, scale, offset, min);
        other[0] = (int8_t)rescale(b0, scale, offset, min);
        out[1] = (int8_t)rescale(a1, scale + 1, offset, min);
        other[1] = (int8_t)rescale(b1, scale + 1, offset, min);
    }
    if (left > 0) {
        conv_one(op, scale, weights, columns, out, other);
    }
}

/* Two pixels at a time; a band's last odd pixel is worked on twice. */
void kws_conv(const kws_conv_t *op, const int8_t *in, int8_t *out, void *scratch)
{
    uint32_t *columns = scratch;
    int8_t *bytes = (int8_t *)(columns + op->row);
    int32_t outputs = op->out_channels, band_pixels = op->out_height / op->bands * op->out_width;
    memset(bytes, 0, (size_t)op->row);
    for (int32_t band = 0; band < op->bands; band++) {
        int32_t end = (band + 1) * band_pixels;
        for (int32_t pixel = band * band_pixels; pixel < end; pixel += 2) {
            int32_t other = pixel + 1 < end ? pixel + 1 : pixel;
            column_of(op, in, pixel, bytes, columns);
            column_of(op, in, other, bytes, columns + 2);
            conv_pair(op, op->scale + band * outputs, columns, out + pixel * outputs, out + other * outputs);
        }
    }
}

#else

void kws_conv(const kws_conv_t *op, const int8_t *in, int8_t *out, void *scratch)
{
    int8_t *column = scratch;
    int32_t row = op->row, outputs = op->out_channels, band = op->out_height / op->bands;
    memset(column, 0, (size_t)row);
    for (int32_t y = 0; y < op->out_height; y++) {
        const kws_scale_t *scale = op->scale + y / band * outputs;
        for (int32_t x = 0; x < op->out_width; x++) {
            gather(op, in, y, x, column);
            const int8_t *weights = op->weights;
            for (int32_t c = 0; c < outputs; c++, weights += row) {
                int32_t sum = scale[c].bias;
                for (int32_t k = 0; k < row; k++) {
                    sum += weights[k] * column[k];
                }
                *out++ = (int8_t)rescale(sum, scale + c, op->out_offset, op->out_min);
            }
        }
    }
}

#endif

/* The channels from `c` on of one pixel of a depthwise convolution, given the input pixel under each kernel element. */
static void depthwise_tail(const kws_conv_t *op, const int8_t *const *taps, int32_t count, const kws_scale_t *scale, int8_t *out, int32_t c)
{
    int32_t channels = op->in_channels;
    for (; c < channels; c++) {
        const int8_t *weight = op->weights + c;
        int32_t sum = scale[c].bias;
        for (int32_t k = 0; k < count; k++, weight += channels) {
            sum += taps[k][c] * *weight;
        }
        out[c] = (int8_t)rescale(sum, scale + c, op->out_offset, op->out_min);
    }
}

#if KWS_DSP

/* Four channels at a time, where whole words can be read. */
static void depthwise_pixel(const kws_conv_t *op, const int8_t *const *taps, int32_t count, const kws_scale_t *scale, int8_t *out)
{
    int32_t channels = op->in_channels, offset = op->out_offset, min = op->out_min, c = 0;
    for (; channels % 4 == 0 && c < channels; c += 4, scale += 4) {
        int32_t s0 = scale[0].bias, s1 = scale[1].bias, s2 = scale[2].bias, s3 = scale[3].bias;
        const int8_t *weight = op->weights + c;
        const int8_t *const *tap = taps;
        for (const int8_t *const *end = taps + count; tap < end; tap++, weight += channels) {
            uint32_t x = word(*tap + c), w = word(weight);
            int16x2_t x02 = even_bytes(x), x13 = odd_bytes(x), w02 = even_bytes(w), w13 = odd_bytes(w);
            s0 = __smlabb(x02, w02, s0);
            s1 = __smlabb(x13, w13, s1);
            s2 = __smlatt(x02, w02, s2);
            s3 = __smlatt(x13, w13, s3);
        }
        out[c] = (int8_t)rescale(s0, scale, offset, min);
        out[c + 1] = (int8_t)rescale(s1, scale + 1, offset, min);
        out[c + 2] = (int8_t)rescale(s2, scale + 2, offset, min);
        out[c + 3] = (int8_t)rescale(s3, scale + 3, offset, min);
    }
    depthwise_tail(op, taps, count, scale, out, c);
}

#else

static void depthwise_pixel(const kws_conv_t *op, const int8_t *const *taps, int32_t count, const kws_scale_t *scale, int8_t *out)
{
    int32_t channels = op->in_channels, c = 0;
    if (count == 3) {
        const int8_t *w = op->weights;
        for (; c < channels; c++) {
            int32_t sum = scale[c].bias + taps[0][c] * w[c] + taps[1][c] * w[c + channels] + taps[2][c] * w[c + 2 * channels];
            out[c] = (int8_t)rescale(sum, scale + c, op->out_offset, op->out_min);
        }
    }
    depthwise_tail(op, taps, count, scale, out, c);
}

#endif

void kws_depthwise(const kws_conv_t *op, const int8_t *in, int8_t *out, void *scratch)
{
    const int8_t *taps[KWS_MAX_TAPS];
    int32_t channels = op->in_channels, band = op->out_height / op->bands;
    memset(scratch, op->in_zero, (size_t)channels);
    for (int32_t y = 0; y < op->out_height; y++) {
        const kws_scale_t *scale = op->scale + y / band * channels;
        for (int32_t x = 0; x < op->out_width; x++, out += channels) {
            int32_t count = 0;
            for (int32_t ky = 0; ky < op->kernel_height; ky++) {
                int32_t row = y * op->stride_height - op->pad_height + ky * op->dilation_height;
                for (int32_t kx = 0; kx < op->kernel_width; kx++) {
                    int32_t column = x * op->stride_width - op->pad_width + kx * op->dilation_width;
                    taps[count++] = outside(op, row, column) ? scratch : in + (row * op->in_width + column) * channels;
                }
            }
            depthwise_pixel(op, taps, count, scale, out);
        }
    }
}

static int32_t plain_sum(const kws_conv_t *op, const int8_t *in, int32_t y, int32_t x, int32_t c)
{
    int32_t group_inputs = op->in_channels / op->groups, first = c / (op->out_channels / op->groups) * group_inputs, sum = 0;
    const int8_t *weight = op->weights + c * op->row;
    for (int32_t ky = 0; ky < op->kernel_height; ky++) {
        int32_t row = y * op->stride_height - op->pad_height + ky * op->dilation_height;
        for (int32_t kx = 0; kx < op->kernel_width; kx++) {
            int32_t column = x * op->stride_width - op->pad_width + kx * op->dilation_width;
            const int8_t *pixel = outside(op, row, column) ? 0 : in + (row * op->in_width + column) * op->in_channels + first;
            for (int32_t k = 0; k < group_inputs; k++) {
                sum += (pixel ? pixel[k] : op->in_zero) * *weight++;
            }
        }
    }
    return sum;
}

void kws_plain(const kws_conv_t *op, const int8_t *in, int8_t *out)
{
    int32_t band = op->out_height / op->bands;
    for (int32_t y = 0; y < op->out_height; y++) {
        const kws_scale_t *scale = op->scale + y / band * op->out_channels;
        for (int32_t x = 0; x < op->out_width; x++) {
            for (int32_t c = 0; c < op->out_channels; c++) {
                *out++ = rescale_any(scale[c].bias + plain_sum(op, in, y, x, c), scale + c, (op->out_offset - 1) / 2, op->out_min);
            }
        }
    }
}

void kws_table(const int8_t table[256], const int8_t *in, int8_t *out, int32_t size)
{
    for (int32_t i = 0; i < size; i++) {
        out[i] = table[in[i] + 128];
    }
}

/* zero + ((sum + 2^(shift - 1)) >> shift) = ((sum >> (shift - 1)) + 1 + 2 zero) >> 1. */
void kws_add(const kws_term_t *terms, int32_t count, int32_t base, int32_t shift, int32_t zero, int32_t min, int8_t *out,
             int32_t height, int32_t width, int32_t channels)
{
    int32_t factor_a = terms[0].factor, factor_b = terms[1].factor, factor_c = count > 2 ? terms[2].factor : 0, offset = 2 * zero + 1;
    for (int32_t y = 0; y < height; y++) {
        for (int32_t x = 0; x < width; x++, out += channels) {
            const int8_t *a = terms[0].in + y * terms[0].row + x * terms[0].pixel;
            const int8_t *b = terms[1].in + y * terms[1].row + x * terms[1].pixel;
            if (count > 2) {
                const int8_t *c = terms[2].in + y * terms[2].row + x * terms[2].pixel;
                for (int32_t k = 0; k < channels; k++) {
                    out[k] = (int8_t)halve(((base + a[k] * factor_a + b[k] * factor_b + c[k] * factor_c) >> (shift - 1)) + offset, min);
                }
            } else {
                for (int32_t k = 0; k < channels; k++) {
                    out[k] = (int8_t)halve(((base + a[k] * factor_a + b[k] * factor_b) >> (shift - 1)) + offset, min);
                }
            }
        }
    }
}

#if KWS_DSP

/* Sums four neighbouring outputs in halfwords, which hold 255 int8. */
static int32_t mean_words(const int8_t *in, int8_t *out, int32_t size, int32_t count, int32_t step, int32_t start, int32_t zero, const kws_scale_t *scale)
{
    int32_t i = 0;
    for (; count <= 255 && step % 4 == 0 && i + 4 <= size; i += 4) {
        int16x2_t even = 0, odd = 0;
        const int8_t *at = in + i;
        for (int32_t k = 0; k < count; k++, at += step) {
            uint32_t four = word(at);
            even = __sxtab16(even, (int8x4_t)four);
            odd = __sadd16(odd, odd_bytes(four));
        }
        out[i] = rescale_any(start + (int16_t)even, scale, zero, -128);
        out[i + 1] = rescale_any(start + (int16_t)odd, scale, zero, -128);
        out[i + 2] = rescale_any(start + (even >> 16), scale, zero, -128);
        out[i + 3] = rescale_any(start + (odd >> 16), scale, zero, -128);
    }
    return i;
}

#endif

void kws_mean(const int8_t *in, int8_t *out, int32_t size, int32_t count, int32_t step, int32_t in_zero, int32_t out_zero, kws_scale_t scale)
{
    int32_t i = 0;
#if KWS_DSP
    i = mean_words(in, out, size, count, step, -count * in_zero, out_zero, &scale);
#endif
    for (; i < size; i++) {
        int32_t sum = -count * in_zero;
        for (int32_t k = 0; k < count; k++) {
            sum += in[i + k * step];
        }
        out[i] = rescale_any(sum, &scale, out_zero, -128);
    }
}

void kws_max_pool(const int8_t *in, int8_t *out, int32_t in_width, int32_t channels, int32_t out_height, int32_t out_width,
                  int32_t kernel_height, int32_t kernel_width, int32_t stride_height, int32_t stride_width)
{
    for (int32_t y = 0; y < out_height; y++) {
        for (int32_t x = 0; x < out_width; x++, out += channels) {
            const int8_t *window = in + (y * stride_height * in_width + x * stride_width) * channels;
            memcpy(out, window, (size_t)channels);
            for (int32_t ky = 0; ky < kernel_height; ky++) {
                for (int32_t kx = 0; kx < kernel_width; kx++) {
                    const int8_t *pixel = window + (ky * in_width + kx) * channels;
                    for (int32_t c = 0; c < channels; c++) {
                        out[c] = pixel[c] > out[c] ? pixel[c] : out[c];
                    }
                }
            }
        }
    }
}

void kws_transpose(const int8_t *in, int8_t *out, int32_t height, int32_t width, int32_t channels)
{
    for (int32_t y = 0; y < height; y++) {
        for (int32_t x = 0; x < width; x++) {
            for (int32_t c = 0; c < channels; c++) {
                out[(x * height + y) * channels + c] = in[(y * width + x) * channels + c];
            }
        }
    }
}
