/* Log-mel features of one second of sound, quantised: the steps and their order are those of the feature store's front end, in single precision
   without fused multiply-adds (compile with -ffp-contract=off), so that every byte is the same. The tables above come from there. */

static void fft_pass(const float *xr, const float *xi, float *yr, float *yi, int32_t stride)
{
    int32_t quarter = 256 / stride / 4, step = stride * quarter;
    for (int32_t p = 0; p < quarter; p++) {
        int32_t t = p * stride;
        float w1r = fft_cos[t], w1i = fft_sin[t], w2r = fft_cos[2 * t], w2i = fft_sin[2 * t], w3r = fft_cos[3 * t], w3i = fft_sin[3 * t];
        for (int32_t q = 0; q < stride; q++) {
            int32_t a = q + stride * p, y = q + stride * 4 * p;
            float ar = xr[a], ai = xi[a], br = xr[a + step], bi = xi[a + step];
            float cr = xr[a + 2 * step], ci = xi[a + 2 * step], dr = xr[a + 3 * step], di = xi[a + 3 * step];
            float sum_ac_r = ar + cr, sum_ac_i = ai + ci, dif_ac_r = ar - cr, dif_ac_i = ai - ci;
            float sum_bd_r = br + dr, sum_bd_i = bi + di, dif_bd_r = br - dr, dif_bd_i = bi - di;
            float one_r = dif_ac_r + dif_bd_i, one_i = dif_ac_i - dif_bd_r;
            float two_r = sum_ac_r - sum_bd_r, two_i = sum_ac_i - sum_bd_i;
            float three_r = dif_ac_r - dif_bd_i, three_i = dif_ac_i + dif_bd_r;
            yr[y] = sum_ac_r + sum_bd_r;
            yi[y] = sum_ac_i + sum_bd_i;
            if (p == 0) { /* times 1: only the sign of a zero could differ, and no power sees it */
                yr[y + stride] = one_r;
                yi[y + stride] = one_i;
                yr[y + 2 * stride] = two_r;
                yi[y + 2 * stride] = two_i;
                yr[y + 3 * stride] = three_r;
                yi[y + 3 * stride] = three_i;
            } else {
                yr[y + stride] = one_r * w1r - one_i * w1i;
                yi[y + stride] = one_r * w1i + one_i * w1r;
                yr[y + 2 * stride] = two_r * w2r - two_i * w2i;
                yi[y + 2 * stride] = two_r * w2i + two_i * w2r;
                yr[y + 3 * stride] = three_r * w3r - three_i * w3i;
                yi[y + 3 * stride] = three_r * w3i + three_i * w3r;
            }
        }
    }
}

/* Takes the transform of (even samples + i odd samples) apart into the powers of the real signal's 257 bins. */
static void split(const float *re, const float *im, float *power)
{
    float zero = re[0] + im[0], nyquist = re[0] - im[0];
    power[0] = zero * zero;
    power[256] = nyquist * nyquist;
    for (int32_t k = 1; k <= 128; k++) {
        float kr = re[k], ki = im[k], mr = re[256 - k], mi = im[256 - k];
        float er = (kr + mr) * 0.5f, ei = (ki - mi) * 0.5f, or = (ki + mi) * 0.5f, oi = (mr - kr) * 0.5f;
        float tr = or * split_cos[k] - oi * split_sin[k], ti = or * split_sin[k] + oi * split_cos[k];
        float pr = er + tr, pi = ei + ti, qr = er - tr, qi = ei - ti;
        power[k] = pr * pr + pi * pi;
        power[256 - k] = qr * qr + qi * qi;
    }
}

static float natural_log(float x)
{
    int32_t bits;
    memcpy(&bits, &x, 4);
    int32_t exponent = (bits - 0x3F3504F3) >> 23;
    bits = (int32_t)((uint32_t)bits - ((uint32_t)exponent << 23));
    float m, e = (float)exponent;
    memcpy(&m, &bits, 4);
    float t = m - 1.0f;
    float s = t / (t + 2.0f);
    float z = s * s;
    float series = 2.0f / 9.0f;
    series = series * z + 2.0f / 7.0f;
    series = series * z + 2.0f / 5.0f;
    series = series * z + 2.0f / 3.0f;
    series = series * z + 2.0f;
    return e * 0.693359375f + (e * -2.12194440e-4f + s * series);
}

static int8_t quantize(float value)
{
    float scaled = value * KWS_INPUT_INVERSE_SCALE + KWS_INPUT_OFFSET;
    if (scaled < -128.0f) {
        return -128;
    }
    if (scaled >= 127.0f) {
        return 127;
    }
    int32_t truncated = (int32_t)scaled;
    return (int8_t)((float)truncated > scaled ? truncated - 1 : truncated);
}

static void load_window(const int16_t *pcm, int32_t start, float *even, float *odd)
{
    for (int32_t n = 0; n < 480; n++) {
        int32_t i = start + n;
        i = i < 0 ? -i : i;
        i = i >= KWS_SAMPLES ? 2 * (KWS_SAMPLES - 1) - i : i;
        float value = (float)pcm[i] * (1.0f / 32768.0f) * hann[n];
        if (n & 1) {
            odd[n >> 1] = value;
        } else {
            even[n >> 1] = value;
        }
    }
    memset(even + 240, 0, 16 * sizeof(float));
    memset(odd + 240, 0, 16 * sizeof(float));
}

static void kws_frontend(const int16_t *pcm, int8_t *features, float *scratch)
{
    float *re = scratch, *im = scratch + 256, *next_re = scratch + 512, *next_im = scratch + 768, *power = next_re;
    for (int32_t frame = 0; frame < KWS_FRAMES; frame++) {
        load_window(pcm, frame * 160 - KWS_CENTRE, re, im);
        fft_pass(re, im, next_re, next_im, 1);
        fft_pass(next_re, next_im, re, im, 4);
        fft_pass(re, im, next_re, next_im, 16);
        fft_pass(next_re, next_im, re, im, 64);
        split(re, im, power);
        const float *weights = mel_weights;
        for (int32_t band = 0; band < KWS_BANDS; band++) {
            const float *bins = power + mel_start[band];
            float energy = 0.0f;
            for (int32_t i = 0; i < mel_count[band]; i++) {
                energy += bins[i] * *weights++;
            }
            features[band * KWS_FRAMES + frame] = quantize(natural_log(energy + 1e-6f));
        }
    }
}

int8_t *kws_features(const int16_t pcm[KWS_SAMPLES])
{
    kws_frontend(pcm, kws_input(), kws_scratch());
    return kws_input();
}

void kws_run(const int16_t pcm[KWS_SAMPLES], int8_t *out)
{
    kws_features(pcm);
    kws_infer(out);
}
