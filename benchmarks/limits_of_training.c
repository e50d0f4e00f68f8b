// Training by hand with AVX-512 intrinsics, for one network each: the limit to measure compiled training against.

#include <immintrin.h>
#include <omp.h>
#include <stdint.h>
#include <string.h>

typedef __m512 v;
#define V(x) _mm512_set1_ps(x)
#define FMA _mm512_fmadd_ps
#define LANES 16

// exp by 2^k times a polynomial of degree 5 on [-ln 2 / 2, ln 2 / 2]; no greater than 2^126, whose reciprocal (which
// -ffast-math makes of a division, with a step of Newton's) is a number still
static inline v exponential(v x) {
    v t = _mm512_min_ps(_mm512_mul_ps(x, V(1.442695041f)), V(126));
    v k = _mm512_roundscale_ps(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    v f = _mm512_sub_ps(t, k);
    v p = V(1.33335581e-3f);
    p = FMA(p, f, V(9.61812910e-3f));
    p = FMA(p, f, V(5.55041087e-2f));
    p = FMA(p, f, V(2.40226507e-1f));
    p = FMA(p, f, V(6.93147182e-1f));
    p = FMA(p, f, V(1.0f));
    return _mm512_scalef_ps(p, k);
}

static inline v sigmoid(v x) { return _mm512_div_ps(V(1), _mm512_add_ps(V(1), exponential(_mm512_sub_ps(V(0), x)))); }

// 2-3-1 relu sigmoid bce. x1, x2, y: the inputs and targets of samples begin to end; p: W1 row by row, b1, W2, b2. The
// sums of d x1, d x2 and d over the samples where unit j is on serve for all gradients: that of W2 follows from them.
static inline void sums_231(const float *x1, const float *x2, const float *y, int64_t begin, int64_t end,
                            const float *p, float *total) {
    v w[6], b[3], out[3], last = V(p[12]), sums[10];
    for (int i = 0; i < 6; i++) w[i] = V(p[i]);
    for (int j = 0; j < 3; j++) b[j] = V(p[6 + j]), out[j] = V(p[9 + j]);
    for (int i = 0; i < 10; i++) sums[i] = V(0);
    for (int64_t at = begin; at < end; at += LANES) {
        __mmask16 live = end - at >= LANES ? 0xFFFF : (__mmask16)((1u << (end - at)) - 1);
        v one = _mm512_maskz_loadu_ps(live, x1 + at), two = _mm512_maskz_loadu_ps(live, x2 + at);
        v wanted = _mm512_maskz_loadu_ps(live, y + at), o = last;
        __mmask16 on[3];
        for (int j = 0; j < 3; j++) {
            v z = FMA(w[2 * j], one, FMA(w[2 * j + 1], two, b[j]));
            on[j] = _mm512_cmp_ps_mask(z, V(0), _CMP_GT_OQ);
            o = _mm512_mask3_fmadd_ps(out[j], z, o, on[j]);
        }
        v d = _mm512_maskz_sub_ps(live, sigmoid(o), wanted);
        v d1 = _mm512_mul_ps(d, one), d2 = _mm512_mul_ps(d, two);
        for (int j = 0; j < 3; j++) {
            sums[3 * j] = _mm512_mask_add_ps(sums[3 * j], on[j], sums[3 * j], d1);
            sums[3 * j + 1] = _mm512_mask_add_ps(sums[3 * j + 1], on[j], sums[3 * j + 1], d2);
            sums[3 * j + 2] = _mm512_mask_add_ps(sums[3 * j + 2], on[j], sums[3 * j + 2], d);
        }
        sums[9] = _mm512_add_ps(sums[9], d);
    }
    for (int i = 0; i < 10; i++) total[i] = _mm512_reduce_add_ps(sums[i]);
}

static inline void update_231(float *p, const float *total, float scale) {
    for (int j = 0; j < 3; j++) {
        float by_out = p[2 * j] * total[3 * j] + p[2 * j + 1] * total[3 * j + 1] + p[6 + j] * total[3 * j + 2];
        float back = scale * p[9 + j];
        p[2 * j] -= back * total[3 * j];
        p[2 * j + 1] -= back * total[3 * j + 1];
        p[6 + j] -= back * total[3 * j + 2];
        p[9 + j] -= scale * by_out;
    }
    p[12] -= scale * total[9];
}

// Full batches of n samples.
void train_231(const float *x1, const float *x2, const float *y, int64_t n, float *p, int64_t steps, float rate) {
    float total[10];
    for (int64_t step = 0; step < steps; step++) {
        sums_231(x1, x2, y, 0, n, p, total);
        update_231(p, total, rate / n);
    }
}

// The same with a share of the samples for each thread, which computes the update by itself.
void train_231_in_threads(const float *x1, const float *x2, const float *y, int64_t n, float *p, int64_t steps,
                          float rate, int threads) {
    static float parts[2][64][16] __attribute__((aligned(64)));
#pragma omp parallel num_threads(threads)
    {
        int thread = omp_get_thread_num();
        int64_t begin = n / LANES * thread / threads * LANES;
        int64_t end = thread == threads - 1 ? n : n / LANES * (thread + 1) / threads * LANES;
        float own[13], total[10];
        memcpy(own, p, sizeof own);
        for (int64_t step = 0; step < steps; step++) {
            sums_231(x1, x2, y, begin, end, own, parts[step & 1][thread]);
#pragma omp barrier
            for (int i = 0; i < 10; i++) total[i] = 0;
            for (int k = 0; k < threads; k++)
                for (int i = 0; i < 10; i++) total[i] += parts[step & 1][k][i];
            update_231(own, total, rate / n);
        }
        if (thread == 0) memcpy(p, own, sizeof own);
    }
}

// 30-16-8-1 relu relu sigmoid bce with Adam, batches of 32 in a new order each epoch. Rows of x are padded to 32; the
// parameters are W1ᵀ (30 rows of 16), b1 (16), W2ᵀ (16 rows of 8), b2 (8), W3 (8), b3: vectors run over the units.
enum { INPUTS = 30, ROW = 32, FIRST = 16, SECOND = 8, BATCH = 32, B1 = 480, W2 = 496, B2 = 624, W3 = 632, B3 = 640 };
enum { COUNT = 656 };  // 641 parameters, padded to whole vectors

static void adam(float *p, float *m, float *s, const float *g, float rate, float power1, float power2) {
    v step = V(rate / (1 - power1)), second = V(1 / (1 - power2));
    for (int i = 0; i < COUNT; i += LANES) {
        v gradient = _mm512_loadu_ps(g + i);
        v mean = FMA(V(0.9f), _mm512_loadu_ps(m + i), _mm512_mul_ps(V(0.1f), gradient));
        v square = FMA(V(0.999f), _mm512_loadu_ps(s + i), _mm512_mul_ps(V(0.001f), _mm512_mul_ps(gradient, gradient)));
        _mm512_storeu_ps(m + i, mean);
        _mm512_storeu_ps(s + i, square);
        v below = _mm512_add_ps(_mm512_sqrt_ps(_mm512_mul_ps(square, second)), V(1e-8f));
        _mm512_storeu_ps(p + i, _mm512_sub_ps(_mm512_loadu_ps(p + i), _mm512_div_ps(_mm512_mul_ps(step, mean), below)));
    }
}

static void gradient_of_batch(const float *x, const float *y, const int32_t *order, int count, const float *p, float *g) {
    static float h1[BATCH][FIRST] __attribute__((aligned(64))), h2[BATCH][SECOND] __attribute__((aligned(64)));
    static float d1[BATCH][FIRST] __attribute__((aligned(64))), d2[BATCH][SECOND] __attribute__((aligned(64)));
    float z[BATCH] __attribute__((aligned(64))), d[BATCH] __attribute__((aligned(64)));
    for (int at = 0; at < BATCH; at += 8) {
        v sums[8];
        for (int r = 0; r < 8; r++) sums[r] = _mm512_loadu_ps(p + B1);
        for (int i = 0; i < INPUTS; i++) {
            v w = _mm512_loadu_ps(p + i * FIRST);
            for (int r = 0; r < 8; r++) sums[r] = FMA(V(x[(int64_t)order[at + r] * ROW + i]), w, sums[r]);
        }
        for (int r = 0; r < 8; r++) _mm512_store_ps(h1[at + r], _mm512_max_ps(sums[r], V(0)));
        __m256 next[8];
        for (int r = 0; r < 8; r++) next[r] = _mm256_loadu_ps(p + B2);
        for (int j = 0; j < FIRST; j++) {
            __m256 w = _mm256_loadu_ps(p + W2 + j * SECOND);
            for (int r = 0; r < 8; r++) next[r] = _mm256_fmadd_ps(_mm256_set1_ps(h1[at + r][j]), w, next[r]);
        }
        __m256 w = _mm256_loadu_ps(p + W3);
        for (int r = 0; r < 8; r++) {
            __m256 h = _mm256_max_ps(next[r], _mm256_setzero_ps());
            _mm256_store_ps(h2[at + r], h);
            __m256 product = _mm256_mul_ps(h, w);
            __m128 half = _mm_add_ps(_mm256_castps256_ps128(product), _mm256_extractf128_ps(product, 1));
            half = _mm_add_ps(half, _mm_movehl_ps(half, half));
            z[at + r] = _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half))) + p[B3];
        }
    }
    for (int at = 0; at < BATCH; at += LANES) {
        __mmask16 live = count - at >= LANES ? 0xFFFF : count <= at ? 0 : (__mmask16)((1u << (count - at)) - 1);
        v wanted = _mm512_i32gather_ps(_mm512_loadu_si512(order + at), y, 4);
        v error = _mm512_maskz_sub_ps(live, sigmoid(_mm512_load_ps(z + at)), wanted);
        _mm512_store_ps(d + at, _mm512_mul_ps(error, V(1.0f / count)));
    }
    __m256 by_w3 = _mm256_setzero_ps(), by_b2 = by_w3, w3 = _mm256_loadu_ps(p + W3), by_w2[FIRST];
    v by_b1 = V(0);
    float by_b3 = 0;
    for (int j = 0; j < FIRST; j++) by_w2[j] = _mm256_setzero_ps();
    for (int r = 0; r < BATCH; r++) {
        __m256 error = _mm256_set1_ps(d[r]), h = _mm256_load_ps(h2[r]);
        __m256 back = _mm256_maskz_mul_ps(_mm256_cmp_ps_mask(h, _mm256_setzero_ps(), _CMP_GT_OQ), error, w3);
        _mm256_store_ps(d2[r], back);
        by_b3 += d[r];
        by_w3 = _mm256_fmadd_ps(error, h, by_w3);
        by_b2 = _mm256_add_ps(by_b2, back);
        for (int j = 0; j < FIRST; j++) by_w2[j] = _mm256_fmadd_ps(_mm256_set1_ps(h1[r][j]), back, by_w2[j]);
    }
    for (int j = 0; j < FIRST; j++) _mm256_storeu_ps(g + W2 + j * SECOND, by_w2[j]);
    _mm256_storeu_ps(g + B2, by_b2);
    _mm256_storeu_ps(g + W3, by_w3);
    g[B3] = by_b3;
    float across[SECOND][FIRST] __attribute__((aligned(64)));  // W2, whose vectors run over the first layer's units
    for (int k = 0; k < SECOND; k++)
        for (int j = 0; j < FIRST; j++) across[k][j] = p[W2 + j * SECOND + k];
    for (int r = 0; r < BATCH; r++) {
        v back = V(0);
        for (int k = 0; k < SECOND; k++) back = FMA(V(d2[r][k]), _mm512_load_ps(across[k]), back);
        back = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(_mm512_load_ps(h1[r]), V(0), _CMP_GT_OQ), back);
        _mm512_store_ps(d1[r], back);
        by_b1 = _mm512_add_ps(by_b1, back);
    }
    _mm512_storeu_ps(g + B1, by_b1);
    for (int from = 0; from < INPUTS; from += 15) {
        v sums[15];
        for (int i = 0; i < 15; i++) sums[i] = V(0);
        for (int r = 0; r < BATCH; r++) {
            const float *row = x + (int64_t)order[r] * ROW + from;
            v back = _mm512_load_ps(d1[r]);
            for (int i = 0; i < 15; i++) sums[i] = FMA(V(row[i]), back, sums[i]);
        }
        for (int i = 0; i < 15; i++) _mm512_storeu_ps(g + (from + i) * FIRST, sums[i]);
    }
}

// order: room for n rounded up to whole batches; m, s: Adam's moments, COUNT numbers each; powers: 0.9^t and 0.999^t.
void train_30_16_8_1(const float *x, const float *y, int64_t n, int32_t *order, float *p, float *m, float *s,
                     float *powers, int64_t epochs, float rate) {
    float g[COUNT] __attribute__((aligned(64)));
    uint64_t state = 0x9E3779B97F4A7C15u;
    memset(g, 0, sizeof g);
    for (int64_t i = 0; i < (n + BATCH - 1) / BATCH * BATCH; i++) order[i] = i < n ? i : 0;
    for (int64_t epoch = 0; epoch < epochs; epoch++) {
        for (int64_t i = n - 1; i > 0; i--) {
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            int64_t other = (int64_t)(((state >> 32) * (uint64_t)(i + 1)) >> 32);
            int32_t kept = order[i];
            order[i] = order[other], order[other] = kept;
        }
        for (int64_t at = 0; at < n; at += BATCH) {
            powers[0] *= 0.9f, powers[1] *= 0.999f;
            gradient_of_batch(x, y, order + at, n - at < BATCH ? n - at : BATCH, p, g);
            adam(p, m, s, g, rate, powers[0], powers[1]);
        }
    }
}
