/* Stands between a process and its file system (LD_PRELOAD): the n-th changing call below a folder fails, writes half,
 * or ends the process. FAULT_BELOW: part of the path; FAULT_AT: which call, from 1; FAULT_CALLS: how many in a row;
 * FAULT_KIND: kill, enospc, eio, erofs, short, fsync. A line in FAULT_LOG says what was hit. With FAULT_WHILE, every
 * changing call fails for as long as the file of that name exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int calls;

static int is_below(const char *path) {
  const char *below = getenv("FAULT_BELOW");
  return path != NULL && below != NULL && strstr(path, below) != NULL;
}

static int is_below_fd(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return is_below(path);
}

static int is_kind(const char *kind) {
  const char *wanted = getenv("FAULT_KIND");
  return wanted != NULL && strcmp(wanted, kind) == 0;
}

static void note(const char *call) {
  const char *log = getenv("FAULT_LOG");
  if (log == NULL) return;
  int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
  ssize_t (*real_write)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  int fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (fd < 0) return;
  char line[64];
  int length = snprintf(line, sizeof line, "%s\n", call);
  if (real_write(fd, line, (size_t)length) < 0) { /* the log is for people */ }
  close(fd);
}

/* Counts a changing call; true when it is one to fail. `fsync` counts syncs alone, `short` writes alone. */
static int strikes(const char *call) {
  if (is_kind("fsync") && strcmp(call, "fsync") != 0) return 0;
  if (is_kind("short") && strcmp(call, "write") != 0) return 0;
  const char *flag = getenv("FAULT_WHILE");
  if (flag != NULL) {
    if (access(flag, F_OK) != 0) return 0;
    errno = ENOSPC;
    return 1;
  }
  const char *at = getenv("FAULT_AT"), *most = getenv("FAULT_CALLS");
  int n = atomic_fetch_add(&calls, 1) + 1, first = at == NULL ? 0 : atoi(at);
  if (first == 0 || n < first || n >= first + (most == NULL ? 1 : atoi(most))) return 0;
  note(call);
  if (is_kind("kill")) kill(getpid(), SIGKILL);
  errno = is_kind("enospc") ? ENOSPC : is_kind("erofs") ? EROFS : EIO;
  return 1;
}

#define REAL(name, ...) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))(__VA_ARGS__)

ssize_t write(int fd, const void *bytes, size_t length) {
  if (fd > 2 && is_below_fd(fd) && strikes("write")) {
    if (!is_kind("short") || length < 2) return -1;
    return REAL(write, fd, bytes, length / 2);
  }
  return REAL(write, fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  if (is_below_fd(fd) && strikes("write")) {
    if (!is_kind("short") || length < 2) return -1;
    return REAL(pwrite64, fd, bytes, length / 2, at);
  }
  return REAL(pwrite64, fd, bytes, length, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  if (is_below_fd(fd) && strikes("write")) {
    if (!is_kind("short") || length < 2) return -1;
    return REAL(pwrite, fd, bytes, length / 2, at);
  }
  return REAL(pwrite, fd, bytes, length, at);
}

int fsync(int fd) { return is_below_fd(fd) && strikes("fsync") ? -1 : REAL(fsync, fd); }
int fdatasync(int fd) { return is_below_fd(fd) && strikes("fsync") ? -1 : REAL(fdatasync, fd); }
int rename(const char *from, const char *to) { return is_below(to) && strikes("rename") ? -1 : REAL(rename, from, to); }
int link(const char *from, const char *to) { return is_below(to) && strikes("link") ? -1 : REAL(link, from, to); }
int unlink(const char *path) { return is_below(path) && strikes("unlink") ? -1 : REAL(unlink, path); }
int mkdir(const char *path, mode_t mode) { return is_below(path) && strikes("mkdir") ? -1 : REAL(mkdir, path, mode); }

static int opened(const char *call, const char *path, int flags, mode_t mode) {
  int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, call);
  if ((flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0 && is_below(path) && strikes("open")) return -1;
  return real(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opened("open64", path, flags, mode);
}
