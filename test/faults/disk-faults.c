/*
 * Makes writes and syncs of a process fail or stall, as long as a control file says so. The file named by
 * DISK_FAULTS holds one word: `sync-fails`, `sync-stalls`, `write-fails`, `disk-full` or `payload-read-fails`; anything
 * else is a sound disk. Only files under DISK_FAULTS_UNDER are harmed, and of reads only those of payload objects.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* Whether the file lies under DISK_FAULTS_UNDER, and its path holds those words. */
static int is_in(int fd, const char *words) {
  const char *under = getenv("DISK_FAULTS_UNDER");
  char link[64], path[PATH_MAX];
  if (under == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strncmp(path, under, strlen(under)) == 0 && strstr(path, words) != NULL;
}

static int harmed(int fd) { return is_in(fd, ""); }

/* Whether the control file says that word. */
static int is(const char *word) {
  const char *name = getenv("DISK_FAULTS");
  char said[32] = "";
  if (name == NULL) return 0;
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t length = read(fd, said, sizeof said - 1);
  close(fd);
  if (length < 0) return 0;
  said[length] = 0;
  return strncmp(said, word, strlen(word)) == 0;
}

static int write_fault(int fd) {
  if (!harmed(fd)) return 0;
  if (is("write-fails")) return EIO;
  if (is("disk-full")) return ENOSPC;
  return 0;
}

static int sync_fault(int fd) {
  if (!harmed(fd)) return 0;
  while (is("sync-stalls")) usleep(50000);
  return is("sync-fails") ? EIO : 0;
}

/* The control file lies elsewhere, so reading it asks for no word. */
static int read_fault(int fd) { return is_in(fd, "/objects/payloads/") && is("payload-read-fails") ? EIO : 0; }

#define NEXT(name) (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define FAIL_OR(fault, call) do { int error = fault; if (error != 0) { errno = error; return -1; } return call; } while (0)

ssize_t write(int fd, const void *bytes, size_t count) { FAIL_OR(write_fault(fd), (NEXT(write))(fd, bytes, count)); }
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { FAIL_OR(write_fault(fd), (NEXT(pwrite))(fd, bytes, count, at)); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) { FAIL_OR(write_fault(fd), (NEXT(pwrite64))(fd, bytes, count, at)); }
ssize_t writev(int fd, const struct iovec *parts, int count) { FAIL_OR(write_fault(fd), (NEXT(writev))(fd, parts, count)); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { FAIL_OR(write_fault(fd), (NEXT(pwritev))(fd, parts, count, at)); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { FAIL_OR(write_fault(fd), (NEXT(pwritev64))(fd, parts, count, at)); }
ssize_t read(int fd, void *bytes, size_t count) { FAIL_OR(read_fault(fd), (NEXT(read))(fd, bytes, count)); }
ssize_t pread(int fd, void *bytes, size_t count, off_t at) { FAIL_OR(read_fault(fd), (NEXT(pread))(fd, bytes, count, at)); }
ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) { FAIL_OR(read_fault(fd), (NEXT(pread64))(fd, bytes, count, at)); }
ssize_t preadv(int fd, const struct iovec *parts, int count, off_t at) { FAIL_OR(read_fault(fd), (NEXT(preadv))(fd, parts, count, at)); }
ssize_t preadv64(int fd, const struct iovec *parts, int count, off64_t at) { FAIL_OR(read_fault(fd), (NEXT(preadv64))(fd, parts, count, at)); }
int fsync(int fd) { FAIL_OR(sync_fault(fd), (NEXT(fsync))(fd)); }
int fdatasync(int fd) { FAIL_OR(sync_fault(fd), (NEXT(fdatasync))(fd)); }
