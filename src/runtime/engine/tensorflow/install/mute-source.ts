/**
 * A C addon of two functions, compiled beside the binding. TensorFlow logs from its static initializers, before it reads
 * any setting; only a standard error that leads elsewhere while the library is loaded keeps that off the terminal.
 */
export const MUTE_SOURCE = `#include <node_api.h>
#include <stdio.h>
#include <unistd.h>

#define KEPT 65536

static FILE* log_file = NULL;
static int terminal = -1;

static napi_value begin(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  if (terminal >= 0) return NULL;
  log_file = tmpfile();
  if (log_file == NULL) return NULL;
  fflush(stderr);
  terminal = dup(2);
  if (terminal < 0 || dup2(fileno(log_file), 2) < 0) {
    if (terminal >= 0) close(terminal);
    terminal = -1;
    fclose(log_file);
    log_file = NULL;
  }
  return NULL;
}

static napi_value end(napi_env env, napi_callback_info info) {
  static char said[KEPT];
  napi_value result;
  size_t length = 0;
  (void)info;
  if (terminal >= 0) {
    fflush(stderr);
    dup2(terminal, 2);
    close(terminal);
    terminal = -1;
    if (fseek(log_file, -KEPT, SEEK_END) != 0) rewind(log_file);
    length = fread(said, 1, KEPT, log_file);
    fclose(log_file);
    log_file = NULL;
  }
  if (napi_create_string_utf8(env, said, length, &result) != napi_ok) return NULL;
  return result;
}

static napi_value init(napi_env env, napi_value exports) {
  napi_property_descriptor functions[] = {
      {"begin", NULL, begin, NULL, NULL, NULL, napi_default, NULL},
      {"end", NULL, end, NULL, NULL, NULL, napi_default, NULL},
  };
  napi_define_properties(env, exports, 2, functions);
  return exports;
}

NAPI_MODULE(xferc_mute, init)
`;
