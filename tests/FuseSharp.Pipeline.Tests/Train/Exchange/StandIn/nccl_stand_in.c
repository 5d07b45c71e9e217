/* Stands in for NCCL and for the CUDA runtime where there is no graphics processor: the functions that FuseSharp calls, with the
   meaning that NVIDIA's documentation gives them, on main memory. Ranks are threads or processes; what they exchange goes through
   a shared memory file. A stream is a thread with a queue, so that operations are asynchronous, as on a device: who reads a result
   before waiting for it finds the old numbers. The default stream (0) is the caller itself.
   stand_in_… functions are the tests' own: they make things go wrong. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SUCCESS = 0, INTERNAL = 3, INVALID_ARGUMENT = 4, INVALID_USAGE = 5, NOT_READY = 600 };
enum { BYTE = 1, FLOAT = 7, BFLOAT = 9 };
enum { REDUCE_SCATTER = 1, ALL_GATHER, ALL_REDUCE, BROADCAST };
enum { MOST_RANKS = 8, SLOT = 40 << 20 };

typedef struct {
    atomic_int arrived, generation;
    struct { int kind, type; uint64_t count; } calls[MOST_RANKS];
    char padding[4096];
    char slots[];
} shared;

typedef struct {
    int rank, ranks;
    atomic_int aborted, error;
    size_t bytes;
    shared *memory;
} communicator;

typedef struct { atomic_int done; } event;

typedef struct job {
    struct job *next;
    int kind, type;
    const void *send;
    void *receive;
    uint64_t count;
    communicator *in;
    event *record, *await;
} job;

typedef struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    job *first, *last;
    int ends;
} stream;

static atomic_int version = 22705, broken_rank = -1, broken_error, hanging_rank = -1, wrong_rank = -1, ids;
static __thread int group_depth;
static __thread struct { stream *to; job *what; } grouped[64];
static __thread int grouped_count;

void stand_in_set_version(int value) { version = value; }
void stand_in_break(int rank, int error) { broken_error = error; broken_rank = rank; }
void stand_in_hang(int rank) { hanging_rank = rank; }
void stand_in_add_wrongly(int rank) { wrong_rank = rank; }

static float widen(uint16_t value) { uint32_t bits = (uint32_t)value << 16; float result; memcpy(&result, &bits, 4); return result; }
static uint16_t narrow(float value) { uint32_t bits; memcpy(&bits, &value, 4); return (uint16_t)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16); }
static size_t size_of(int type) { return type == BYTE ? 1 : type == FLOAT ? 4 : 2; }
static char *slot(communicator *c, int rank) { return c->memory->slots + (size_t)rank * SLOT; }

/* All ranks come by; 0 where one has given up. */
static int meet(communicator *c)
{
    if (c->rank == hanging_rank) {
        while (!c->aborted) usleep(100);
        return 0;
    }
    int generation = c->memory->generation;
    if (atomic_fetch_add(&c->memory->arrived, 1) + 1 == c->ranks) {
        c->memory->arrived = 0;
        c->memory->generation++;
        return 1;
    }
    for (int i = 0; c->memory->generation == generation; i++) {
        if (c->aborted) return 0;
        if (i < 100) sched_yield(); else usleep(50);
    }
    return 1;
}

/* As a ring does it: the sum goes from rank to rank, in the type of the numbers, and ends where it is kept. */
static void sum(communicator *c, uint64_t from, uint64_t count, int type, int last, void *into)
{
    for (uint64_t i = 0; i < count; i++) {
        float total = 0;
        for (int step = 1; step <= c->ranks; step++) {
            char *numbers = slot(c, (last + step) % c->ranks);
            float value = type == FLOAT ? ((float *)numbers)[from + i] : widen(((uint16_t *)numbers)[from + i]);
            total = step == 1 ? value : type == FLOAT ? total + value : widen(narrow(total + value));
        }
        if (c->rank == wrong_rank) total += 1;
        if (type == FLOAT) ((float *)into)[i] = total; else ((uint16_t *)into)[i] = narrow(total);
    }
}

static void exchange(job *j)
{
    communicator *c = j->in;
    uint64_t sent = j->count * (j->kind == REDUCE_SCATTER ? c->ranks : 1) * size_of(j->type);
    if (c->rank == broken_rank) { c->error = broken_error; while (!c->aborted) usleep(100); return; }
    if (sent > SLOT) { c->error = INVALID_ARGUMENT; return; }
    usleep(200); /* long enough for who does not wait to be early */
    c->memory->calls[c->rank].kind = j->kind;
    c->memory->calls[c->rank].type = j->type;
    c->memory->calls[c->rank].count = j->count;
    memcpy(slot(c, c->rank), j->send, sent);
    if (!meet(c)) return;
    for (int rank = 0; rank < c->ranks; rank++)
        if (memcmp(&c->memory->calls[rank], &c->memory->calls[c->rank], sizeof c->memory->calls[0])) c->error = INVALID_USAGE;
    if (!c->error) switch (j->kind) {
        case REDUCE_SCATTER: sum(c, j->count * c->rank, j->count, j->type, c->rank, j->receive); break;
        case ALL_REDUCE: sum(c, 0, j->count, j->type, 0, j->receive); break;
        case BROADCAST: memcpy(j->receive, slot(c, 0), sent); break;
        case ALL_GATHER: for (int rank = 0; rank < c->ranks; rank++) memcpy((char *)j->receive + rank * sent, slot(c, rank), sent);
    }
    meet(c);
}

static void *run(void *argument)
{
    stream *s = argument;
    for (;;) {
        pthread_mutex_lock(&s->lock);
        while (!s->first && !s->ends) pthread_cond_wait(&s->changed, &s->lock);
        job *j = s->first;
        if (!j) { pthread_mutex_unlock(&s->lock); return 0; }
        s->first = j->next;
        pthread_mutex_unlock(&s->lock);
        if (j->await) while (!j->await->done) usleep(20);
        if (j->kind) exchange(j);
        if (j->record) j->record->done = 1;
        free(j);
    }
}

static void enqueue(stream *s, job *j)
{
    pthread_mutex_lock(&s->lock);
    if (s->first) s->last->next = j; else s->first = j;
    s->last = j;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static int collective(int kind, const void *send, void *receive, size_t count, int type, communicator *c, stream *s)
{
    if (!c || !s || (type != BYTE && type != FLOAT && type != BFLOAT)) return INVALID_ARGUMENT;
    job *j = calloc(1, sizeof *j);
    *j = (job){ .kind = kind, .type = type, .send = send, .receive = receive, .count = count, .in = c };
    if (group_depth) { grouped[grouped_count].to = s; grouped[grouped_count++].what = j; } else enqueue(s, j);
    return SUCCESS;
}

int ncclGetVersion(int *value) { *value = version; return SUCCESS; }

int ncclGetUniqueId(char *id)
{
    memset(id, 0, 128);
    snprintf(id, 128, "/fusesharp-stand-in-%d-%d", (int)getpid(), atomic_fetch_add(&ids, 1));
    return SUCCESS;
}

typedef struct { char name[128]; } unique_id;

int ncclCommInitRank(communicator **c, int ranks, unique_id id, int rank)
{
    if (ranks > MOST_RANKS || rank < 0 || rank >= ranks || strncmp(id.name, "/fusesharp-", 11)) return INVALID_ARGUMENT;
    size_t bytes = sizeof(shared) + (size_t)ranks * SLOT;
    int file = shm_open(id.name, O_CREAT | O_RDWR, 0600);
    if (file < 0 || ftruncate(file, (off_t)bytes)) return INTERNAL;
    shared *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
    close(file);
    if (memory == MAP_FAILED) return INTERNAL;
    *c = calloc(1, sizeof **c);
    (*c)->rank = rank;
    (*c)->ranks = ranks;
    (*c)->bytes = bytes;
    (*c)->memory = memory;
    meet(*c);
    if (rank == 0) shm_unlink(id.name); /* all have it open */
    return SUCCESS;
}

int ncclReduceScatter(const void *send, void *receive, size_t count, int type, int operation, communicator *c, stream *s)
{
    return operation ? INVALID_ARGUMENT : collective(REDUCE_SCATTER, send, receive, count, type, c, s);
}

int ncclAllReduce(const void *send, void *receive, size_t count, int type, int operation, communicator *c, stream *s)
{
    return operation ? INVALID_ARGUMENT : collective(ALL_REDUCE, send, receive, count, type, c, s);
}

int ncclAllGather(const void *send, void *receive, size_t count, int type, communicator *c, stream *s) { return collective(ALL_GATHER, send, receive, count, type, c, s); }

int ncclBroadcast(const void *send, void *receive, size_t count, int type, int root, communicator *c, stream *s)
{
    return root ? INVALID_ARGUMENT : collective(BROADCAST, send, receive, count, type, c, s);
}

int ncclGroupStart(void) { group_depth++; return SUCCESS; }

int ncclGroupEnd(void)
{
    if (--group_depth) return group_depth < 0 ? INVALID_USAGE : SUCCESS;
    for (int i = 0; i < grouped_count; i++) enqueue(grouped[i].to, grouped[i].what);
    grouped_count = 0;
    return SUCCESS;
}

int ncclCommGetAsyncError(communicator *c, int *error) { if (!c) return INVALID_ARGUMENT; *error = c->error; return SUCCESS; }
int ncclCommAbort(communicator *c) { if (!c) return INVALID_ARGUMENT; c->aborted = 1; return SUCCESS; } /* kept: its thread may be in it */
int ncclCommDestroy(communicator *c) { if (!c) return INVALID_ARGUMENT; munmap(c->memory, c->bytes); free(c); return SUCCESS; }

const char *ncclGetErrorString(int error)
{
    return error == SUCCESS ? "no error" : error == INTERNAL ? "internal error" : error == INVALID_ARGUMENT ? "invalid argument"
        : error == INVALID_USAGE ? "invalid usage" : error == 6 ? "remote process exited or there was a network error" : "unknown result code";
}

int cudaSetDevice(int device) { return device ? 101 : 0; }

int cudaStreamCreateWithFlags(stream **s, unsigned flags)
{
    if (flags != 1) return 1;
    *s = calloc(1, sizeof **s);
    pthread_mutex_init(&(*s)->lock, 0);
    pthread_cond_init(&(*s)->changed, 0);
    return pthread_create(&(*s)->thread, 0, run, *s);
}

int cudaStreamDestroy(stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->ends = 1;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, 0);
    free(s);
    return 0;
}

int cudaEventCreateWithFlags(event **e, unsigned flags) { (void)flags; *e = calloc(1, sizeof **e); (*e)->done = 1; return 0; }
int cudaEventDestroy(event *e) { free(e); return 0; }
int cudaEventQuery(event *e) { return e->done ? 0 : NOT_READY; }

int cudaEventRecord(event *e, stream *s)
{
    if (!s) { e->done = 1; return 0; }
    e->done = 0;
    job *j = calloc(1, sizeof *j);
    j->record = e;
    enqueue(s, j);
    return 0;
}

int cudaStreamWaitEvent(stream *s, event *e, unsigned flags)
{
    if (flags) return 1;
    if (!s) { while (!e->done) usleep(20); return 0; }
    job *j = calloc(1, sizeof *j);
    j->await = e;
    enqueue(s, j);
    return 0;
}
