/* The sync side of benchmarks/load.py at full speed, for measurements where the generator must leave the cores to the
   servers: three questions, key 1 to each, a hand-off. Prints the same summary, without times.

       lean_load --port 8084 --calls 2000 --live 50

   A call that was bridged and closed is done, any other is lost. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SOCKETS = 65536, COMMAND_BYTES = 16384, REPLY_BYTES = 65536, EVENTS = 512, STALL_MS = 15000 };

/* As in load.py: a `connect` is answered with about 200 lines, most of them variables that a menu never reads. */
enum { PADDING_LINES = 160 };

struct call {
    size_t filled;
    int bridged;
    char id[40];
    char commands[COMMAND_BYTES];
};

static struct call *calls_by_socket[MOST_SOCKETS];
static char padding[PADDING_LINES * 48];
static int epoll, port, to_open, opened, ended, done;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void open_call(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (sock < 0 || sock >= MOST_SOCKETS)
        fail("socket");
    /* Non-blocking: a server whose queue is full would stop all the other calls here. */
    if (connect(sock, (struct sockaddr *)&at, sizeof at) && errno != EINPROGRESS)
        fail("connect");
    struct call *call = calls_by_socket[sock];
    if (!call && !(call = calls_by_socket[sock] = malloc(sizeof *call)))
        fail("malloc");
    unsigned char random[16];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        fail("getrandom");
    call->filled = 0;
    call->bridged = 0;
    char *end = call->id;
    for (int at_byte = 0; at_byte < 16; at_byte++) {
        if (at_byte == 4 || at_byte == 6 || at_byte == 8 || at_byte == 10)
            *end++ = '-';
        end += sprintf(end, "%02x", random[at_byte]);
    }
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = sock};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, sock, &wanted))
        fail("epoll_ctl");
    opened++;
}

static void close_call(int sock)
{
    epoll_ctl(epoll, EPOLL_CTL_DEL, sock, NULL);
    close(sock);
    ended++;
    done += calls_by_socket[sock]->bridged;
    if (opened < to_open)
        open_call();
}

/* Of benchmarks/machine.py; sent as it is, which the server accepts as it does a proof made with it. */
#define SWITCH_SECRET "0123456789abcdef0123456789abcdef"

/* The reply to `connect`. */
static size_t greet(char *out, const struct call *call)
{
    return sprintf(out,
        "Event-Name: CHANNEL_DATA\nCore-UUID: %s\nUnique-ID: %s\nAnswer-State: ringing\n"
        "Caller-Caller-ID-Number: %%2B1480%07d\nCaller-Destination-Number: %%2B14155550100\nvariable_uuid: %s\n%s"
        "variable_digitree_proof: " SWITCH_SECRET "\n"
        "Content-Type: command/reply\nReply-Text: %%2BOK%%0A\nSocket-Mode: static\nControl: full\n\n",
        call->id, call->id, 5000000 + opened % 1000000, call->id, padding);
}

/* One command; `head` ends with a NUL byte. */
static size_t answer(char *out, struct call *call, const char *head)
{
    const char *text = "+OK";
    if (!strncmp(head, "getvar ivr_key_", 15))
        text = "1";
    else if (!strcmp(head, "getvar originate_disposition"))
        text = "SUCCESS";
    else if (!strcmp(head, "getvar dtmf_type"))
        text = "rfc2833";
    else if (!strncmp(head, "getvar", 6))
        text = "-ERR command not found";
    else if (strstr(head, "execute-app-name:bridge") || strstr(head, "execute-app-name: bridge"))
        call->bridged = 1;
    return sprintf(out, "Content-Type: command/reply\nReply-Text: %s\n\n", text);
}

/* Where the command that begins at `from` ends, its body included; NULL while some of it is missing. */
static char *end_of_command(char *from, const char *end, char **head_end)
{
    char *blank = memmem(from, end - from, "\n\n", 2);
    if (!blank)
        return NULL;
    *head_end = blank;
    *blank = 0;
    char *length = strcasestr(from, "content-length:");
    size_t body = length ? strtoul(length + 15, NULL, 10) : 0;
    *blank = '\n';
    return body <= (size_t)(end - blank - 2) ? blank + 2 + body : NULL;
}

static void play(int sock)
{
    static char out[REPLY_BYTES];
    struct call *call = calls_by_socket[sock];
    ssize_t got = recv(sock, call->commands + call->filled, COMMAND_BYTES - 1 - call->filled, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        close_call(sock);
        return;
    }
    call->filled += got;
    char *from = call->commands, *end = from + call->filled, *head_end, *next, *to = out;
    while ((next = end_of_command(from, end, &head_end)) && to < out + REPLY_BYTES / 2) {
        *head_end = 0;
        to += strcmp(from, "connect") ? answer(to, call, from) : greet(to, call);
        from = next;
    }
    call->filled = end - from;
    memmove(call->commands, from, call->filled);
    if (to > out && send(sock, out, to - out, MSG_NOSIGNAL) != to - out)
        close_call(sock);
}

static double seconds(struct timespec since, struct timespec until)
{
    return until.tv_sec - since.tv_sec + (until.tv_nsec - since.tv_nsec) / 1e9;
}

int main(int count, char **words)
{
    int live = 50;
    for (int at = 1; at + 1 < count; at += 2) {
        int value = atoi(words[at + 1]);
        if (!strcmp(words[at], "--port"))
            port = value;
        else if (!strcmp(words[at], "--calls"))
            to_open = value;
        else if (!strcmp(words[at], "--live"))
            live = value;
    }
    char *end = padding;
    for (int line = 0; line < PADDING_LINES; line++)
        end += sprintf(end, "variable_padding_%03d: xxxxxxxxxxxxxxxxxxxx\n", line);
    if ((epoll = epoll_create1(0)) < 0)
        fail("epoll_create1");
    struct timespec began, now;
    clock_gettime(CLOCK_MONOTONIC, &began);
    while (opened < live && opened < to_open)
        open_call();
    struct epoll_event events[EVENTS];
    int found = 1;
    while (ended < to_open && (found = epoll_wait(epoll, events, EVENTS, STALL_MS)) > 0)
        for (int at = 0; at < found; at++)
            play(events[at].data.fd);
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu_s = used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    double wall_s = seconds(began, now);
    printf("{\"done\": %d, \"lost\": %d, \"wall_s\": %.4f, \"calls_per_s\": %.1f, \"generator_ms\": %.4f}\n",
        done, to_open - done, wall_s, done / wall_s, 1000 * cpu_s / (done ? done : 1));
    return 0;
}
