// What lies between the two matrix products of a searching block in training:
// BatchNorm, ReLU, depthwise convolution, BatchNorm, ReLU, and the gradients of all that.
//
// Channels have nothing to do with each other here, so as many as fit a vector go through the whole chain while their
// maps stay in the cache. Maps are channels-last: a position is a row of `step` floats, of which `channels` are meant.
// Inside, a map is an array of vectors, framed with zeros as wide as half a filter, so that filters need no borders.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(4 * LANES)));
typedef double wide __attribute__((vector_size(8 * LANES)));

// See `compiled.py`, which mirrors these structures.
typedef struct {
  int64_t batch, height, width, out_height, out_width, stride, step;
} Shape;

// Consecutive channels that are filtered with one kernel size, `(channels, size, size)`.
typedef struct {
  int64_t channels, size;
  const float *filters;
  float *filter_grads;  // backward only
} Path;

typedef struct {
  const float *scale, *shift;
  float *mean, *inverse;                   // of this batch; inverse: of the standard deviation
  float *running_mean, *running_variance;  // forward only
  float *scale_grad, *shift_grad;          // backward only
  float momentum, eps;
} Norm;

// Positions of a map with a frame, in an array of vectors.
typedef struct {
  vec *at;
  int64_t height, width, row, image;  // row and image: vectors from one to the next
} Map;

typedef struct {
  int64_t *offsets;
  vec *weights;
  int64_t count;
} Taps;

INLINE vec load(const float *from, int64_t lanes) {
  vec values = {0};
  if (lanes == LANES) return *(const vec *)from;
  memcpy(&values, from, 4 * lanes);
  return values;
}

INLINE void store(float *to, vec values, int64_t lanes) {
  if (lanes == LANES)
    *(vec *)to = values;
  else
    memcpy(to, &values, 4 * lanes);
}

INLINE vec positive(vec values, vec where) { return (vec)((mask)values & (where > (vec){0})); }
INLINE vec narrow(wide values) { return __builtin_convertvector(values, vec); }
INLINE wide widened(vec values) { return __builtin_convertvector(values, wide); }

static int64_t map_vectors(int64_t batch, int64_t height, int64_t width, int64_t frame) {
  return batch * (height + 2 * frame) * (width + 2 * frame);
}

// A map whose frame is zero; `memory` moves on behind it.
static Map framed(vec **memory, int64_t batch, int64_t height, int64_t width, int64_t frame) {
  int64_t row = width + 2 * frame, image = (height + 2 * frame) * row;
  Map map = {*memory + frame * row + frame, height, width, row, image};
  memset(*memory, 0, sizeof(vec) * batch * image);
  *memory += batch * image;
  return map;
}

// Sum of `values` and of `values * others` over rows, in double precision from row to row.
typedef struct {
  wide first, second;
} Sums;

INLINE vec row_sum(const vec *row, int64_t width) {
  vec sums[4] = {{0}};
  int64_t x = 0;
  for (; x + 4 <= width; x += 4)
    for (int i = 0; i < 4; i++) sums[i] += row[x + i];
  for (; x < width; x++) sums[0] += row[x];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

INLINE vec row_squares(const vec *row, int64_t width, vec mean) {
  vec sums[4] = {{0}};
  int64_t x = 0;
  for (; x + 4 <= width; x += 4)
    for (int i = 0; i < 4; i++) sums[i] += (row[x + i] - mean) * (row[x + i] - mean);
  for (; x < width; x++) sums[0] += (row[x] - mean) * (row[x] - mean);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

#define FOR_ROWS(map, batch)                    \
  for (int64_t n = 0; n < (batch); n++)         \
    for (int64_t y = 0; y < (map).height; y++)

#define ROW(map) ((map).at + n * (map).image + y * (map).row)
#define POSITION(map) ((n * (map).height + y) * (map).width)

typedef struct {
  vec mean, inverse, scale, shift, factor, bias;  // normalised: factor * x + bias
} Affine;

INLINE Affine affine(const Norm *norm, int64_t channel, int64_t lanes) {
  Affine a;
  a.mean = load(norm->mean + channel, lanes), a.inverse = load(norm->inverse + channel, lanes);
  a.scale = load(norm->scale + channel, lanes), a.shift = load(norm->shift + channel, lanes);
  a.factor = a.scale * a.inverse, a.bias = a.shift - a.mean * a.factor;
  return a;
}

// Mean and deviation of a map whose values add up to `sum`, and what they make of the running ones.
static void moments(const Map *map, int64_t batch, wide sum, const Norm *norm, int64_t channel, int64_t lanes) {
  double count = (double)(batch * map->height * map->width);
  wide mean = sum / count, squares = {0};
  vec rounded = narrow(mean);
  FOR_ROWS(*map, batch) squares += widened(row_squares(ROW(*map), map->width, rounded));
  for (int64_t i = 0; i < lanes; i++) {
    double variance = squares[i] / count, momentum = norm->momentum;
    float *running = norm->running_mean + channel + i;
    norm->mean[channel + i] = (float)mean[i];
    norm->inverse[channel + i] = 1.0f / __builtin_sqrtf((float)variance + norm->eps);
    *running = (float)(momentum * mean[i] + (1 - momentum) * *running);
    running = norm->running_variance + channel + i;
    *running = (float)(momentum * (squares[i] / (count - 1)) + (1 - momentum) * *running);
  }
}

INLINE void tile(const vec *in, const Taps *taps, vec *out, int64_t in_step, int64_t out_step, const int outputs) {
  vec sums[8];
  for (int t = 0; t < outputs; t++) sums[t] = (vec){0};
  for (int64_t tap = 0; tap < taps->count; tap++) {
    const vec *from = in + taps->offsets[tap], weight = taps->weights[tap];
    for (int t = 0; t < outputs; t++) sums[t] += weight * from[t * in_step];
  }
  for (int t = 0; t < outputs; t++) out[t * out_step] = sums[t];
}

INLINE void filter_row_by(const vec *in, const Taps *taps, vec *out, int64_t count, int64_t in_step, int64_t out_step) {
  int64_t x = 0;
  for (; x + 8 <= count; x += 8) tile(in + x * in_step, taps, out + x * out_step, in_step, out_step, 8);
  if (count - x >= 4) tile(in + x * in_step, taps, out + x * out_step, in_step, out_step, 4), x += 4;
  if (count - x >= 2) tile(in + x * in_step, taps, out + x * out_step, in_step, out_step, 2), x += 2;
  if (count - x >= 1) tile(in + x * in_step, taps, out + x * out_step, in_step, out_step, 1);
}

// `count` outputs, `out_step` apart; from one to the next the inputs move by `in_step`.
static void filter_row(const vec *in, const Taps *taps, vec *out, int64_t count, int64_t in_step, int64_t out_step) {
  if (in_step == 1)
    filter_row_by(in, taps, out, count, 1, out_step);
  else
    filter_row_by(in, taps, out, count, in_step, out_step);
}

// Taps of a filter, as offsets from the first input of a framed map with rows of `row` vectors.
static Taps taps_of(const float *filters, int64_t size, int64_t lanes, int64_t row, int64_t *offsets, vec *weights) {
  int64_t area = size * size;
  for (int64_t tap = 0; tap < area; tap++) {
    vec weight = {0};
    for (int64_t i = 0; i < lanes; i++) weight[i] = filters[i * area + tap];
    weights[tap] = weight;
    offsets[tap] = tap / size * row + tap % size;
  }
  return (Taps){offsets, weights, area};
}

// Hidden channels after BatchNorm and ReLU, from the expansion's output.
static void normalise(const Map *map, const Shape *s, const float *expanded, const Affine *a, int64_t lanes) {
  FOR_ROWS(*map, s->batch) {
    const float *from = expanded + POSITION(*map) * s->step;
    vec *row = ROW(*map);
    for (int64_t x = 0; x < map->width; x++) {
      vec value = load(from + x * s->step, lanes) * a->factor + a->bias;
      row[x] = positive(value, value);
    }
  }
}

// Channels of a path from `begin` on; 0, or 1 where there is no memory.
static int forward_path(const Shape *s, const Path *path, int64_t begin, const float *expanded, const Norm *first,
                        const Norm *second, float *filtered, float *normal) {
  int64_t size = path->size, half = size / 2, area = size * size, end = begin + path->channels;
  int64_t vectors = map_vectors(s->batch, s->height, s->width, half) +
                    map_vectors(s->batch, s->out_height, s->out_width, 0) + area;
  vec *memory = aligned_alloc(64, (sizeof(vec) * vectors + 63) / 64 * 64), *rest = memory;
  int64_t *offsets = malloc(sizeof(int64_t) * area);
  if (!memory || !offsets) return free(memory), free(offsets), 1;
  Map hidden = framed(&rest, s->batch, s->height, s->width, half);
  Map out = framed(&rest, s->batch, s->out_height, s->out_width, 0);
  for (int64_t c = begin; c < end; c += LANES) {
    int64_t lanes = end - c < LANES ? end - c : LANES;
    wide sum = {0};
    FOR_ROWS(hidden, s->batch) {
      const float *from = expanded + POSITION(hidden) * s->step + c;
      vec *row = ROW(hidden);
      for (int64_t x = 0; x < hidden.width; x++) row[x] = load(from + x * s->step, lanes);
      sum += widened(row_sum(row, hidden.width));
    }
    moments(&hidden, s->batch, sum, first, c, lanes);
    Affine a = affine(first, c, lanes);
    FOR_ROWS(hidden, s->batch) {
      vec *row = ROW(hidden);
      for (int64_t x = 0; x < hidden.width; x++) {
        vec value = row[x] * a.factor + a.bias;
        row[x] = positive(value, value);
      }
    }
    Taps taps = taps_of(path->filters + (c - begin) * area, size, lanes, hidden.row, offsets, rest);
    const vec *corner = hidden.at - half * hidden.row - half;
    sum = (wide){0};
    FOR_ROWS(out, s->batch) {
      vec *row = ROW(out);
      filter_row(corner + n * hidden.image + y * s->stride * hidden.row, &taps, row, out.width, s->stride, 1);
      sum += widened(row_sum(row, out.width));
    }
    moments(&out, s->batch, sum, second, c, lanes);
    a = affine(second, c, lanes);
    FOR_ROWS(out, s->batch) {
      int64_t to = POSITION(out) * s->step + c;
      const vec *row = ROW(out);
      for (int64_t x = 0; x < out.width; x++, to += s->step) {
        vec value = row[x] * a.factor + a.bias;
        store(filtered + to, row[x], lanes);
        store(normal + to, positive(value, value), lanes);
      }
    }
  }
  free(memory), free(offsets);
  return 0;
}

// `expanded` has `step` channels, as `filtered` and `normal`, which are results; 0, or 1 where there is no memory.
int forward(const Shape *s, const Path *paths, int64_t count, const float *expanded, const Norm *first,
            const Norm *second, float *filtered, float *normal) {
  int failed = 0;
  for (int64_t i = 0, begin = 0; i < count && !failed; begin += paths[i++].channels)
    failed = forward_path(s, paths + i, begin, expanded, first, second, filtered, normal);
  return failed;
}

// Replaces the gradient of a normalised map by that of what was normalised; sums: of the gradient, and of its products
// with the centred values.
INLINE vec normal_gradient(vec grad, vec value, const Affine *a, vec constant, vec slope) {
  return a->factor * grad - constant - (value - a->mean) * slope;
}

static void norm_gradients(const Norm *norm, const Affine *a, Sums sums, double count, int64_t channel, int64_t lanes,
                           vec *constant, vec *slope) {
  vec scale_grad = narrow(sums.second) * a->inverse;
  store(norm->scale_grad + channel, scale_grad, lanes);
  store(norm->shift_grad + channel, narrow(sums.first), lanes);
  *constant = a->factor * narrow(sums.first / count);
  *slope = a->factor * a->inverse * a->inverse * narrow(sums.second / count);
}

INLINE void correlate(const Map *grad, const Map *hidden, int64_t batch, int64_t stride, const int64_t *offsets,
                      vec *sums, const int taps) {
  for (int64_t n = 0; n < batch; n++) {
    vec own[9];
    for (int t = 0; t < taps; t++) own[t] = (vec){0};
    for (int64_t y = 0; y < grad->height; y++) {
      const vec *g = ROW(*grad), *in = hidden->at + n * hidden->image + y * stride * hidden->row;
      for (int64_t x = 0; x < grad->width; x++, in += stride)
        for (int t = 0; t < taps; t++) own[t] += g[x] * in[offsets[t]];
    }
    for (int t = 0; t < taps; t++) sums[t] += own[t];
  }
}

static int backward_path(const Shape *s, const Path *path, int64_t begin, const float *grad, const float *expanded,
                         const float *filtered, const Norm *first, const Norm *second, float *expanded_grad) {
  int64_t size = path->size, half = size / 2, area = size * size, end = begin + path->channels, stride = s->stride;
  int64_t vectors = map_vectors(s->batch, s->height, s->width, half) + map_vectors(s->batch, s->height, s->width, 0) +
                    map_vectors(s->batch, s->out_height, s->out_width, half) + 3 * area;
  vec *memory = aligned_alloc(64, (sizeof(vec) * vectors + 63) / 64 * 64), *rest = memory;
  int64_t *offsets = malloc(sizeof(int64_t) * area * 2);
  if (!memory || !offsets) return free(memory), free(offsets), 1;
  Map hidden = framed(&rest, s->batch, s->height, s->width, half);
  Map inner = framed(&rest, s->batch, s->height, s->width, 0);
  Map outer = framed(&rest, s->batch, s->out_height, s->out_width, half);
  vec *weights = rest, *turned = rest + area, *weight_sums = rest + 2 * area;
  for (int64_t c = begin; c < end; c += LANES) {
    int64_t lanes = end - c < LANES ? end - c : LANES;
    vec constant, slope;
    // gradient of the filtered maps
    Affine a = affine(second, c, lanes);
    Sums sums = {{0}, {0}};
    FOR_ROWS(outer, s->batch) {
      int64_t from = POSITION(outer) * s->step + c;
      vec *row = ROW(outer), total = {0}, product = {0};
      for (int64_t x = 0; x < outer.width; x++, from += s->step) {
        vec value = load(filtered + from, lanes);
        row[x] = positive(load(grad + from, lanes), value * a.factor + a.bias);
        total += row[x], product += row[x] * (value - a.mean);
      }
      sums.first += widened(total), sums.second += widened(product);
    }
    norm_gradients(second, &a, sums, (double)(s->batch * outer.height * outer.width), c, lanes, &constant, &slope);
    FOR_ROWS(outer, s->batch) {
      const float *from = filtered + POSITION(outer) * s->step + c;
      vec *row = ROW(outer);
      for (int64_t x = 0; x < outer.width; x++)
        row[x] = normal_gradient(row[x], load(from + x * s->step, lanes), &a, constant, slope);
    }
    // gradient of the filters
    a = affine(first, c, lanes);
    normalise(&hidden, s, expanded + c, &a, lanes);
    Taps taps = taps_of(path->filters + (c - begin) * area, size, lanes, hidden.row, offsets, weights);
    for (int64_t tap = 0; tap < area; tap++) weight_sums[tap] = (vec){0}, offsets[tap] -= half * hidden.row + half;
    for (int64_t tap = 0; tap < area;) {
      int64_t left = area - tap;
      if (left % 9 == 0)
        correlate(&outer, &hidden, s->batch, stride, offsets + tap, weight_sums + tap, 9), tap += 9;
      else if (left >= 7)
        correlate(&outer, &hidden, s->batch, stride, offsets + tap, weight_sums + tap, 7), tap += 7;
      else
        correlate(&outer, &hidden, s->batch, stride, offsets + tap, weight_sums + tap, 1), tap += 1;
    }
    for (int64_t tap = 0; tap < area; tap++)
      for (int64_t i = 0; i < lanes; i++) path->filter_grads[(c - begin + i) * area + tap] = weight_sums[tap][i];
    // gradient of the hidden maps: an input meets the taps whose distance from it is a multiple of the stride
    for (int64_t down = 0; down < stride; down++)
      for (int64_t right = 0; right < stride; right++) {
        Taps met = {offsets + area, turned, 0};
        for (int64_t i = down; i < size; i += stride)
          for (int64_t j = right; j < size; j += stride) {
            met.offsets[met.count] = -(i / stride) * outer.row - j / stride;
            met.weights[met.count++] = taps.weights[i * size + j];
          }
        // first row and column of such inputs, counted from the corner of the frame
        int64_t top = half + (down - half % stride + stride) % stride, left = half + (right - half % stride + stride) % stride;
        int64_t count = (half + s->width - left + stride - 1) / stride;
        for (int64_t n = 0; n < s->batch; n++)
          for (int64_t y = top; y < half + s->height; y += stride)
            filter_row(outer.at + n * outer.image + y / stride * outer.row + left / stride, &met,
                       inner.at + n * inner.image + (y - half) * inner.row + left - half, count, 1, stride);
      }
    // gradient of the expansion's output
    sums = (Sums){{0}, {0}};
    FOR_ROWS(inner, s->batch) {
      const float *from = expanded + POSITION(inner) * s->step + c;
      const vec *where = ROW(hidden);
      vec *row = ROW(inner), total = {0}, product = {0};
      for (int64_t x = 0; x < inner.width; x++) {
        row[x] = positive(row[x], where[x]);
        total += row[x], product += row[x] * (load(from + x * s->step, lanes) - a.mean);
      }
      sums.first += widened(total), sums.second += widened(product);
    }
    norm_gradients(first, &a, sums, (double)(s->batch * inner.height * inner.width), c, lanes, &constant, &slope);
    FOR_ROWS(inner, s->batch) {
      int64_t at = POSITION(inner) * s->step + c;
      const vec *row = ROW(inner);
      for (int64_t x = 0; x < inner.width; x++, at += s->step)
        store(expanded_grad + at, normal_gradient(row[x], load(expanded + at, lanes), &a, constant, slope), lanes);
    }
  }
  free(memory), free(offsets);
  return 0;
}

// `grad` is that of `normal`, `expanded_grad` a result; 0, or 1 where there is no memory.
int backward(const Shape *s, const Path *paths, int64_t count, const float *grad, const float *expanded,
             const float *filtered, const Norm *first, const Norm *second, float *expanded_grad) {
  int failed = 0;
  for (int64_t i = 0, begin = 0; i < count && !failed; begin += paths[i++].channels)
    failed = backward_path(s, paths + i, begin, grad, expanded, filtered, first, second, expanded_grad);
  return failed;
}
