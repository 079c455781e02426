/*
 * Stands for libvulkan.so.1 and lets a chosen call fail, to see what becomes of the numbers. FAULTY_ALLOCATE=N: the N-th
 * allocation of device memory finds none. FAULTY_SUBMIT=N: the device is lost from the N-th submission on.
 * FAULTY_REAL: the loader that does the work. Function pointers alone, so no Vulkan header is needed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { OUT_OF_DEVICE_MEMORY = -2, DEVICE_LOST = -4 };

typedef void (*function)(void);
typedef function (*lookup)(void *, const char *);
typedef int (*allocate)(void *, const void *, const void *, void *);
typedef int (*submit)(void *, uint32_t, const void *, void *);

static lookup of_instance, of_device;
static allocate real_allocate;
static submit real_submit;
static int allocations, submissions;

static int wanted(const char *name) {
  const char *text = getenv(name);
  return text == NULL ? 0 : atoi(text);
}

static int faulty_allocate(void *device, const void *info, const void *allocator, void *memory) {
  if (++allocations == wanted("FAULTY_ALLOCATE")) return OUT_OF_DEVICE_MEMORY;
  return real_allocate(device, info, allocator, memory);
}

static int faulty_submit(void *queue, uint32_t count, const void *submits, void *fence) {
  int from = wanted("FAULTY_SUBMIT");
  if (++submissions >= from && from > 0) return DEVICE_LOST;
  return real_submit(queue, count, submits, fence);
}

static function wrapped(const char *name, function real) {
  if (real != NULL && strcmp(name, "vkAllocateMemory") == 0) {
    real_allocate = (allocate)real;
    return (function)faulty_allocate;
  }
  if (real != NULL && strcmp(name, "vkQueueSubmit") == 0) {
    real_submit = (submit)real;
    return (function)faulty_submit;
  }
  return real;
}

static function device_lookup(void *device, const char *name) { return wrapped(name, of_device(device, name)); }

function vkGetInstanceProcAddr(void *instance, const char *name) {
  if (of_instance == NULL) {
    void *real = dlopen(getenv("FAULTY_REAL"), RTLD_NOW);
    if (real == NULL) return NULL;
    of_instance = (lookup)dlsym(real, "vkGetInstanceProcAddr");
  }
  function found = of_instance(instance, name);
  if (found != NULL && strcmp(name, "vkGetDeviceProcAddr") == 0) {
    of_device = (lookup)found;
    return (function)device_lookup;
  }
  return wrapped(name, found);
}
