#include "kernels.h"

#include <string.h>

#if defined(__ARM_FEATURE_DSP) && !defined(KWS_PLAIN)
#include <arm_acle.h>
#define KWS_DSP 1
#else
#define KWS_DSP 0
#endif

static inline int8_t saturate(int32_t value, int32_t min)
{
    return (int8_t)(value < min ? min : value > 127 ? 127 : value);
}

/* zero + (sum * multiplier + 2^(shift - 1)) >> shift. From a shift of 33 on, the low word of the product cannot reach the result. */
static inline int8_t rescale(int32_t sum, int32_t multiplier, int32_t shift, int32_t zero, int32_t min)
{
    int64_t product = (int64_t)sum * multiplier;
    if (shift > 32) {
        int32_t high = (int32_t)(product >> 32);
        return saturate(zero + ((high + ((1 << (shift - 32)) >> 1)) >> (shift - 32)), min);
    }
    int64_t value = zero + ((product + ((int64_t)1 << (shift - 1))) >> shift);
    return (int8_t)(value < min ? min : value > 127 ? 127 : value);
}

/* The input pixels under the kernel at one output pixel, one after the other; what lies outside reads as the zero point. */
static void gather(const kws_conv_t *op, const int8_t *in, int32_t y, int32_t x, int8_t *column)
{
    int32_t channels = op->in_channels;
    for (int32_t ky = 0; ky < op->kernel_height; ky++) {
        int32_t row = y * op->stride_height - op->pad_height + ky * op->dilation_height;
        for (int32_t kx = 0; kx < op->kernel_width; kx++) {
            int32_t col = x * op->stride_width - op->pad_width + kx * op->dilation_width;
            if (row < 0 || row >= op->in_height || col < 0 || col >= op->in_width) {
                memset(column, op->in_zero, (size_t)channels);
            } else if (channels == 1) {
                *column = in[row * op->in_width + col];
            } else {
                memcpy(column, in + (row * op->in_width + col) * channels, (size_t)channels);
            }
            column += channels;
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

static inline uint32_t rotate8(uint32_t value)
{
    return (value >> 8) | (value << 24);
}

/* Four int8 become two words of two int16, elements 0 and 2, then 1 and 3: the order in which SXTB16 unpacks the weights. */
static void widen(const int8_t *from, int32_t bytes, uint32_t *to)
{
    for (int32_t i = 0; i < bytes; i += 4) {
        uint32_t four = word(from + i);
        *to++ = (uint32_t)__sxtb16(four);
        *to++ = (uint32_t)__sxtb16(rotate8(four));
    }
}

static void columns(const kws_conv_t *op, const int8_t *in, int32_t pixel, int8_t *bytes, uint32_t *wide)
{
    if (op->kernel_height * op->kernel_width == 1 && op->stride_height * op->stride_width == 1 && op->pad_height + op->pad_width == 0
        && op->row == op->in_channels) {
        widen(in + pixel * op->row, op->row, wide);
    } else {
        gather(op, in, pixel / op->out_width, pixel % op->out_width, bytes);
        widen(bytes, op->row, wide);
    }
}

/* Two pixels at a time share the unpacked weights; a last odd pixel is worked on twice. */
void kws_conv(const kws_conv_t *op, const int8_t *in, int8_t *out, void *scratch)
{
    uint32_t *first = scratch;
    uint32_t *second = first + op->row / 2;
    int8_t *bytes = (int8_t *)(second + op->row / 2);
    int32_t pixels = op->out_height * op->out_width, outputs = op->out_channels;
    int32_t band_pixels = op->out_height / op->bands * op->out_width;
    memset(bytes, 0, (size_t)op->row);
    for (int32_t pixel = 0; pixel < pixels; pixel += 2) {
        int32_t other = pixel + 1 < pixels ? pixel + 1 : pixel;
        columns(op, in, pixel, bytes, first);
        columns(op, in, other, bytes, second);
        const int8_t *weights = op->weights;
        for (int32_t c = 0; c < outputs; c++) {
            int32_t a = pixel / band_pixels * outputs + c, b = other / band_pixels * outputs + c;
            int32_t sum_a = op->bias[a], sum_b = op->bias[b];
            const uint32_t *x = first, *z = second;
            for (const int8_t *end = weights + op->row; weights < end; weights += 4, x += 2, z += 2) {
                uint32_t four = word(weights);
                int16x2_t even = __sxtb16(four), odd = __sxtb16(rotate8(four));
                sum_a = __smlad(even, (int16x2_t)x[0], sum_a);
                sum_b = __smlad(even, (int16x2_t)z[0], sum_b);
                sum_a = __smlad(odd, (int16x2_t)x[1], sum_a);
                sum_b = __smlad(odd, (int16x2_t)z[1], sum_b);
            }
            out[pixel * outputs + c] = rescale(sum_a, op->multiplier[a], op->shift[a], op->out_zero, op->out_min);
            out[other * outputs + c] = rescale(sum_b, op->multiplier[b], op->shift[b], op->out_zero, op->out_min);
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
        for (int32_t x = 0; x < op->out_width; x++) {
            gather(op, in, y, x, column);
            for (int32_t c = 0; c < outputs; c++) {
                int32_t i = y / band * outputs + c;
                const int8_t *weights = op->weights + c * row;
                int32_t sum = op->bias[i];
                for (int32_t k = 0; k < row; k++) {
                    sum += weights[k] * column[k];
                }
                *out++ = rescale(sum, op->multiplier[i], op->shift[i], op->out_zero, op->out_min);
            }
        }
    }
}

#endif

static void depthwise_pixel(const kws_conv_t *op, const int8_t *const *taps, int32_t count, int32_t parameters, int8_t *out)
{
    int32_t channels = op->in_channels;
    for (int32_t c = 0; c < channels; c++) {
        const int8_t *weight = op->weights + c;
        int32_t i = parameters + c, sum = op->bias[i];
        if (count == 3) {
            sum += taps[0][c] * weight[0] + taps[1][c] * weight[channels] + taps[2][c] * weight[2 * channels];
        } else {
            for (int32_t k = 0; k < count; k++, weight += channels) {
                sum += taps[k][c] * *weight;
            }
        }
        out[c] = rescale(sum, op->multiplier[i], op->shift[i], op->out_zero, op->out_min);
    }
}

void kws_depthwise(const kws_conv_t *op, const int8_t *in, int8_t *out, void *scratch)
{
    const int8_t *taps[KWS_MAX_TAPS];
    int32_t channels = op->in_channels, band = op->out_height / op->bands;
    memset(scratch, op->in_zero, (size_t)channels);
    for (int32_t y = 0; y < op->out_height; y++) {
        for (int32_t x = 0; x < op->out_width; x++, out += channels) {
            int32_t count = 0;
            for (int32_t ky = 0; ky < op->kernel_height; ky++) {
                int32_t row = y * op->stride_height - op->pad_height + ky * op->dilation_height;
                for (int32_t kx = 0; kx < op->kernel_width; kx++) {
                    int32_t col = x * op->stride_width - op->pad_width + kx * op->dilation_width;
                    int outside = row < 0 || row >= op->in_height || col < 0 || col >= op->in_width;
                    taps[count++] = outside ? scratch : in + (row * op->in_width + col) * channels;
                }
            }
            depthwise_pixel(op, taps, count, y / band * channels, out);
        }
    }
}

void kws_table(const int8_t table[256], const int8_t *in, int8_t *out, int32_t size)
{
    for (int32_t i = 0; i < size; i++) {
        out[i] = table[in[i] + 128];
    }
}

void kws_add(const kws_term_t *terms, int32_t count, int32_t base, int32_t shift, int32_t zero, int32_t min, int8_t *out,
             int32_t height, int32_t width, int32_t channels)
{
    for (int32_t y = 0; y < height; y++) {
        for (int32_t x = 0; x < width; x++, out += channels) {
            const int8_t *a = terms[0].in + y * terms[0].row + x * terms[0].pixel;
            const int8_t *b = terms[1].in + y * terms[1].row + x * terms[1].pixel;
            const int8_t *c = count > 2 ? terms[2].in + y * terms[2].row + x * terms[2].pixel : a;
            int32_t factor = count > 2 ? terms[2].factor : 0;
            for (int32_t k = 0; k < channels; k++) {
                int32_t sum = base + a[k] * terms[0].factor + b[k] * terms[1].factor + c[k] * factor;
                out[k] = saturate(zero + (sum >> shift), min);
            }
        }
    }
}

void kws_mean(const int8_t *in, int8_t *out, int32_t size, int32_t count, int32_t step, int32_t in_zero, int32_t out_zero,
              int32_t multiplier, int32_t shift)
{
    for (int32_t i = 0; i < size; i++) {
        int32_t sum = -count * in_zero;
        for (int32_t k = 0; k < count; k++) {
            sum += in[i + k * step];
        }
        out[i] = rescale(sum, multiplier, shift, out_zero, -128);
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
