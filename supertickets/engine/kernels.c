// A sparse net as a list of operations on planes of floats.
//
// A plane is an image of one channel. Between its rows, above and below it are zeros that nothing writes, so that
// filters need no borders. A tensor is a number of planes, `*_channel` floats apart; its rows are `*_row` floats apart.
// Every weight that is not zero is an entry: where its input lies, relative to that of the output pixel, and its value.
// Whoever calls guarantees that a vector may be read beyond the end of any row of such a plane; written is what is
// there, and nothing else.

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
#define SUMS 8  // vectors that are summed at a time: enough to hide the latency of a multiply-add

typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(4 * LANES)));

typedef struct {
  int32_t offset;
  float weight;
} Entry;

enum { CONVOLVE, COPY, RESIZE, MEAN, MULTIPLY, SOFTMAX, NORMALISE, TRANSPOSE };

// `channels`, `height`, `width` are those of the output. See `operations.py`, which mirrors this structure.
typedef struct {
  int64_t kind;
  const float *in, *first, *second;  // `first` and `second` are added, or are the other factor of a product
  float *out;
  const Entry *entries;
  const int32_t *starts;  // of each output channel's entries
  const float *scale, *bias;
  const int32_t *row_low, *row_high, *column_low, *column_high;  // between what a resized pixel lies
  const float *row_share, *column_share;                         // and how near it is to the second
  int64_t channels, height, width, depth, in_height, in_width;   // depth: channels of the input
  int64_t in_row, in_column, in_channel, first_row, first_channel, second_row, second_channel,
      out_row, out_column, out_channel;
  int64_t odd;  // floats from the even to the odd columns of the output; 0: columns stay together
  int64_t relu;
  float eps;
} Operation;

typedef struct {
  int64_t begin, end;
} Range;

static Range share_of(int64_t whole, int64_t worker, int64_t workers) {
  return (Range){whole * worker / workers, whole * (worker + 1) / workers};
}

static inline vec broadcast(float value) {
  vec all = {0};
  return all + value;
}

static inline vec positive(vec values) { return (vec)((mask)values & (values > (vec){0})); }

// `count` values into a row, at an even column
static inline void write_row(const Operation *o, float *out, const float *values, int64_t count) {
  if (!o->odd) {
    memcpy(out, values, 4 * count);
    return;
  }
  float *odd = out + o->odd;
  int64_t pairs = count / 2;
  for (int64_t i = 0; i < pairs; i++) {
    out[i] = values[2 * i];
    odd[i] = values[2 * i + 1];
  }
  if (count % 2) out[pairs] = values[count - 1];
}

// `across` vectors of `down` rows of output channels `first` to `last`
static inline __attribute__((always_inline)) void tile(const Operation *o, int64_t y, int64_t x, Range channels,
                                                       const int across, const int down) {
  const int64_t room = o->width - x, count = room < across * LANES ? room : across * LANES;
  const float *in = o->in + y * o->in_row + x;
  const float *first = o->first ? o->first + y * o->first_row + x + channels.begin * o->first_channel : 0;
  const float *second = o->second ? o->second + y * o->second_row + x + channels.begin * o->second_channel : 0;
  float *out = o->out + y * o->out_row + (o->odd ? x / 2 : x) + channels.begin * o->out_channel;
  const Entry *entry = o->entries + o->starts[channels.begin];
  for (int64_t c = channels.begin; c < channels.end; c++) {
    vec sums[SUMS];
    const vec bias = broadcast(o->bias[c]);
#pragma GCC unroll 8
    for (int i = 0; i < across * down; i++) sums[i] = bias;
    for (const Entry *end = o->entries + o->starts[c + 1]; entry != end; entry++) {
      const float *at = in + entry->offset;
      const vec weight = broadcast(entry->weight);
#pragma GCC unroll 8
      for (int i = 0; i < across * down; i++)
        sums[i] += weight * *(const vec *)(at + (i / across) * o->in_row + (i % across) * LANES);
    }
    if (first) {
#pragma GCC unroll 8
      for (int i = 0; i < across * down; i++)
        sums[i] += *(const vec *)(first + (i / across) * o->first_row + (i % across) * LANES);
      first += o->first_channel;
    }
    if (second) {
#pragma GCC unroll 8
      for (int i = 0; i < across * down; i++)
        sums[i] += *(const vec *)(second + (i / across) * o->second_row + (i % across) * LANES);
      second += o->second_channel;
    }
    if (o->relu) {
#pragma GCC unroll 8
      for (int i = 0; i < across * down; i++) sums[i] = positive(sums[i]);
    }
    if (!o->odd && count == across * LANES) {
#pragma GCC unroll 8
      for (int i = 0; i < across * down; i++)
        *(vec *)(out + (i / across) * o->out_row + (i % across) * LANES) = sums[i];
    } else {
      float values[SUMS * LANES] __attribute__((aligned(64)));
#pragma GCC unroll 8
      for (int i = 0; i < across * down; i++) *(vec *)(values + i * LANES) = sums[i];
      for (int row = 0; row < down; row++)
        write_row(o, out + row * o->out_row, values + row * across * LANES, count);
    }
    out += o->out_channel;
  }
}

// one function per shape, so that its sums stay in registers
#define TILE(ACROSS, DOWN)                                                                                       \
  static __attribute__((noinline)) void tile_##ACROSS##x##DOWN(const Operation *o, int64_t y, int64_t x, Range c) { \
    tile(o, y, x, c, ACROSS, DOWN);                                                                              \
  }
TILE(8, 1)
TILE(4, 2)
TILE(4, 1)
TILE(2, 4)
TILE(2, 1)
TILE(1, 8)
TILE(1, 1)

typedef void Tile(const Operation *, int64_t, int64_t, Range);

static void columns(const Operation *o, Range rows, Range channels, int64_t x, int down, Tile *several, Tile *one) {
  int64_t y = rows.begin;
  for (; y + down <= rows.end; y += down) several(o, y, x, channels);
  for (; y < rows.end; y++) one(o, y, x, channels);
}

static void convolve(const Operation *o, int64_t worker, int64_t workers) {
  Range rows = {0, o->height}, channels = {0, o->channels};
  if (o->height >= SUMS * workers)
    rows = share_of(o->height, worker, workers);
  else
    channels = share_of(o->channels, worker, workers);
  int64_t x = 0;
  while (x < o->width) {
    const int64_t vectors = (o->width - x + LANES - 1) / LANES;
    if (vectors >= 8) {
      // whole rows of tiles one after another: the rows of the input are met again while they are in the cache
      const int64_t end = x + vectors / 8 * 8 * LANES;
      for (int64_t y = rows.begin; y < rows.end; y++)
        for (int64_t at = x; at < end; at += 8 * LANES) tile_8x1(o, y, at, channels);
      x = end;
    } else if (vectors >= 4) {
      columns(o, rows, channels, x, 2, tile_4x2, tile_4x1);
      x += 4 * LANES;
    } else if (vectors >= 2) {
      columns(o, rows, channels, x, 4, tile_2x4, tile_2x1);
      x += 2 * LANES;
    } else {
      columns(o, rows, channels, x, 8, tile_1x8, tile_1x1);
      x += LANES;
    }
  }
}

// the input, and what is added to it, as it is; reads no more than it writes
static void copy(const Operation *o, int64_t worker, int64_t workers) {
  Range channels = share_of(o->channels, worker, workers);
  for (int64_t c = channels.begin; c < channels.end; c++)
    for (int64_t y = 0; y < o->height; y++) {
      const float *in = o->in + c * o->in_channel + y * o->in_row;
      float *out = o->out + c * o->out_channel + y * o->out_row;
      if (o->first) {
        const float *first = o->first + c * o->first_channel + y * o->first_row;
        for (int64_t x = 0; x < o->width; x++) out[x] = in[x] + first[x];
      } else {
        write_row(o, out, in, o->width);
      }
      if (o->relu)
        for (int64_t x = 0; x < o->width; x++) out[x] = out[x] > 0 ? out[x] : 0;
    }
}

static void widen(const Operation *o, const float *row, float *wide) {
  for (int64_t x = 0; x < o->width; x++) {
    const float low = row[o->column_low[x]], high = row[o->column_high[x]];
    wide[x] = low + o->column_share[x] * (high - low);
  }
}

// between neighbours in both directions; every row of the input is widened once
static void resize(const Operation *o, int64_t worker, int64_t workers) {
  Range channels = share_of(o->channels, worker, workers);
  float buffers[2][o->width];
  for (int64_t c = channels.begin; c < channels.end; c++) {
    const float *in = o->in + c * o->in_channel;
    float *low = buffers[0], *high = buffers[1];
    int64_t low_row = -1, high_row = -1;
    for (int64_t y = 0; y < o->height; y++) {
      if (o->row_low[y] != low_row) {
        if (o->row_low[y] == high_row) {
          float *swapped = low;
          low = high, high = swapped, high_row = -1;
        } else {
          widen(o, in + o->row_low[y] * o->in_row, low);
        }
        low_row = o->row_low[y];
      }
      const float share = o->row_share[y], *other = low;
      if (share != 0) {
        if (o->row_high[y] != high_row) {
          high_row = o->row_high[y];
          widen(o, in + high_row * o->in_row, high);
        }
        other = high;
      }
      float *out = o->out + c * o->out_channel + y * o->out_row;
      if (o->first) {
        const float *first = o->first + c * o->first_channel + y * o->first_row;
        for (int64_t x = 0; x < o->width; x++) out[x] = low[x] + share * (other[x] - low[x]) + first[x];
      } else {
        for (int64_t x = 0; x < o->width; x++) out[x] = low[x] + share * (other[x] - low[x]);
      }
      if (o->relu)
        for (int64_t x = 0; x < o->width; x++) out[x] = out[x] > 0 ? out[x] : 0;
    }
  }
}

// of all pixels of a plane
static void mean(const Operation *o, int64_t worker, int64_t workers) {
  Range channels = share_of(o->channels, worker, workers);
  for (int64_t c = channels.begin; c < channels.end; c++) {
    double sum = 0;
    for (int64_t y = 0; y < o->in_height; y++)
      for (int64_t x = 0; x < o->in_width; x++) sum += o->in[c * o->in_channel + y * o->in_row + x];
    o->out[c * o->out_channel] = (float)(sum / (double)(o->in_height * o->in_width));
  }
}

// a matrix (`first`, element (c, k) at c first_channel + k first_row) times the input, channel by channel
static void multiply(const Operation *o, int64_t worker, int64_t workers) {
  Range channels = share_of(o->channels, worker, workers);
  for (int64_t c = channels.begin; c < channels.end; c++) {
    float *out = o->out + c * o->out_channel;
    for (int64_t x = 0; x < o->width; x++) out[x] = 0;
    for (int64_t k = 0; k < o->depth; k++) {
      const float factor = o->first[c * o->first_channel + k * o->first_row], *in = o->in + k * o->in_channel;
      for (int64_t x = 0; x < o->width; x++) out[x] += factor * in[x];
    }
  }
}

// over channels
static void softmax(const Operation *o, int64_t worker, int64_t workers) {
  Range columns = share_of(o->width, worker, workers);
  for (int64_t x = columns.begin; x < columns.end; x++) {
    const float *in = o->in + x;
    float *out = o->out + x, most = in[0], sum = 0;
    for (int64_t c = 1; c < o->channels; c++) most = fmaxf(most, in[c * o->in_channel]);
    for (int64_t c = 0; c < o->channels; c++) sum += out[c * o->out_channel] = expf(in[c * o->in_channel] - most);
    for (int64_t c = 0; c < o->channels; c++) out[c * o->out_channel] /= sum;
  }
}

// layer normalisation over channels
static void normalise(const Operation *o, int64_t worker, int64_t workers) {
  Range columns = share_of(o->width, worker, workers);
  for (int64_t x = columns.begin; x < columns.end; x++) {
    double sum = 0, squares = 0;
    for (int64_t c = 0; c < o->channels; c++) sum += o->in[c * o->in_channel + x];
    const float middle = (float)(sum / (double)o->channels);
    for (int64_t c = 0; c < o->channels; c++) {
      const float gap = o->in[c * o->in_channel + x] - middle;
      squares += gap * gap;
    }
    const float factor = 1.0f / sqrtf((float)(squares / (double)o->channels) + o->eps);
    for (int64_t c = 0; c < o->channels; c++)
      o->out[c * o->out_channel + x] = (o->in[c * o->in_channel + x] - middle) * factor * o->scale[c] + o->bias[c];
  }
}

// what lies a row, column and channel of the input apart comes to lie those of the output apart
static void transpose(const Operation *o, int64_t worker, int64_t workers) {
  Range channels = share_of(o->channels, worker, workers);
  for (int64_t c = channels.begin; c < channels.end; c++)
    for (int64_t y = 0; y < o->height; y++)
      for (int64_t x = 0; x < o->width; x++)
        o->out[c * o->out_channel + y * o->out_row + x * o->out_column] =
            o->in[c * o->in_channel + y * o->in_row + x * o->in_column];
}

static void carry_out(const Operation *o, int64_t worker, int64_t workers) {
  static void (*const all[])(const Operation *, int64_t, int64_t) = {
      [CONVOLVE] = convolve, [COPY] = copy,       [RESIZE] = resize,       [MEAN] = mean,
      [MULTIPLY] = multiply, [SOFTMAX] = softmax, [NORMALISE] = normalise, [TRANSPOSE] = transpose,
  };
  all[o->kind](o, worker, workers);
}

typedef struct {
  const Operation *operations;
  int64_t count, workers;
  atomic_long gate, arrived;  // gate: 0 while threads are being started, then 1, or -1 where one could not be
} Work;

typedef struct {
  Work *work;
  int64_t number;
} Worker;

static void wait_for(atomic_long *value, long least) {
  for (int64_t spins = 0; atomic_load_explicit(value, memory_order_acquire) < least; spins++)
    if (spins > 4096) sched_yield();
}

// every worker does its share of every operation, and the next one begins when all are done with it
static void work_off(Work *work, int64_t number) {
  for (int64_t i = 0; i < work->count; i++) {
    carry_out(work->operations + i, number, work->workers);
    atomic_fetch_add_explicit(&work->arrived, 1, memory_order_acq_rel);
    wait_for(&work->arrived, (i + 1) * work->workers);
  }
}

static void *thread(void *argument) {
  const Worker *worker = argument;
  long gate;
  while (!(gate = atomic_load_explicit(&worker->work->gate, memory_order_acquire))) sched_yield();
  if (gate > 0) work_off(worker->work, worker->number);
  return 0;
}

enum { MOST_WORKERS = 256 };

// Carry out `count` operations one after another, each by `workers` threads together; alone where they cannot start.
void run(const Operation *operations, int64_t count, int64_t workers) {
  pthread_t threads[MOST_WORKERS];
  Worker all[MOST_WORKERS];
  Work work = {operations, count, workers < MOST_WORKERS ? workers : MOST_WORKERS, 0, 0};
  int64_t started = 1;
  for (; started < work.workers; started++) {
    all[started] = (Worker){&work, started};
    if (pthread_create(threads + started, 0, thread, all + started)) break;
  }
  const int complete = started >= work.workers;
  atomic_store_explicit(&work.gate, complete ? 1 : -1, memory_order_release);
  if (!complete) {
    for (int64_t i = 0; i < count; i++) carry_out(operations + i, 0, 1);
  } else {
    work_off(&work, 0);
  }
  for (int64_t i = 1; i < started; i++) pthread_join(threads[i], 0);
}

int64_t lanes(void) { return LANES; }
