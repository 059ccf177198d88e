/* A client as programs with a C library are: it resolves with getaddrinfo(3) and connects. Built with glibc and with musl.
 *
 *   client pause                      sleeps until it is told to end
 *   client lookup NAME...             a line of JSON a name: its addresses, or the error's own name
 *   client connect HOST PORT [udp]    ok, refused, timeout or unreachable, address after address; of a name the error's own name
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 3000, MOST = 64 };

static const char *error_name(int code) {
    switch (code) {
    case EAI_NONAME: return "EAI_NONAME";
    case EAI_NODATA: return "EAI_NODATA";
    case EAI_AGAIN: return "EAI_AGAIN";
    case EAI_FAIL: return "EAI_FAIL";
    case EAI_FAMILY: return "EAI_FAMILY";
    case EAI_SYSTEM: return "EAI_SYSTEM";
    case EAI_MEMORY: return "EAI_MEMORY";
    case EAI_SERVICE: return "EAI_SERVICE";
    default: return "EAI_OTHER";
    }
}

/* Both families, no flags, is what most programs ask for. */
static int resolve(int family, const char *host, const char *port, int type, struct addrinfo **found) {
    struct addrinfo hints = {.ai_family = family, .ai_socktype = type};
    return getaddrinfo(host, port, &hints, found);
}

static void address_of(const struct addrinfo *one, char *text, socklen_t size) {
    getnameinfo(one->ai_addr, one->ai_addrlen, text, size, NULL, 0, NI_NUMERICHOST);
}

static void quoted(const char *text) {
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

static void lookup(const char *name) {
    char seen[MOST][INET6_ADDRSTRLEN];
    int count = 0;
    struct addrinfo *found = NULL;
    int code = resolve(AF_UNSPEC, name, NULL, SOCK_STREAM, &found);
    printf("{\"name\":");
    quoted(name);
    if (code) {
        printf(",\"error\":\"%s\"", error_name(code));
        /* Of an alias that leads to nothing glibc says one thing for both families and another for IPv4 alone. */
        if (code == EAI_NONAME && (code = resolve(AF_INET, name, NULL, SOCK_STREAM, &found)))
            printf(",\"ipv4\":\"%s\"", error_name(code));
        printf("}\n");
    } else {
        printf(",\"addresses\":[");
        for (struct addrinfo *one = found; one && count < MOST; one = one->ai_next) {
            int again = 0;
            address_of(one, seen[count], sizeof seen[count]);
            for (int i = 0; i < count; i++) again |= !strcmp(seen[i], seen[count]);
            if (again) continue;
            if (count) putchar(',');
            quoted(seen[count++]);
        }
        printf("]}\n");
        freeaddrinfo(found);
    }
    fflush(stdout);
}

static const char *failed(int code) {
    switch (code) {
    case ECONNREFUSED: return "refused";
    case ETIMEDOUT: return "timeout";
    case ENETUNREACH:
    case EHOSTUNREACH: return "unreachable";
    default: return strerror(code);
    }
}

/* TCP: a connection. UDP says nothing by itself: the question is one that Kubernetes' test image answers. */
static const char *try_one(const struct addrinfo *one) {
    int code = 0, udp = one->ai_socktype == SOCK_DGRAM;
    socklen_t size = sizeof code;
    char answer[512];
    int fd = socket(one->ai_family, one->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, one->ai_protocol);
    if (fd < 0) return failed(errno);
    if (connect(fd, one->ai_addr, one->ai_addrlen) < 0 && errno != EINPROGRESS) code = errno;
    if (!code && udp && send(fd, "hostname", 8, 0) < 0) code = errno;
    if (!code) {
        struct pollfd wait = {.fd = fd, .events = udp ? POLLIN : POLLOUT};
        if (poll(&wait, 1, PATIENCE_MS) == 0) code = ETIMEDOUT;
        else if (udp) code = recv(fd, answer, sizeof answer, 0) < 0 ? errno : 0;
        else getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    }
    close(fd);
    return code ? failed(code) : NULL;
}

static int dial(const char *host, const char *port, int type) {
    struct addrinfo *found = NULL;
    const char *why = "no address";
    int code = resolve(AF_UNSPEC, host, port, type, &found);
    if (code) {
        puts(error_name(code));
        return 1;
    }
    for (struct addrinfo *one = found; one; one = one->ai_next) {
        why = try_one(one);
        if (!why) break;
    }
    puts(why ? why : "ok");
    freeaddrinfo(found);
    return why != NULL;
}

static void end(int signal) {
    (void)signal;
    _exit(0);
}

int main(int count, char **words) {
    if (count == 2 && !strcmp(words[1], "pause")) {
        signal(SIGTERM, end);
        signal(SIGINT, end);
        for (;;) pause();
    }
    if (count > 2 && !strcmp(words[1], "lookup")) {
        for (int i = 2; i < count; i++) lookup(words[i]);
        return 0;
    }
    if (count > 3 && !strcmp(words[1], "connect"))
        return dial(words[2], words[3], count > 4 && !strcmp(words[4], "udp") ? SOCK_DGRAM : SOCK_STREAM);
    fputs("usage: client pause | lookup NAME... | connect HOST PORT [udp]\n", stderr);
    return 2;
}
