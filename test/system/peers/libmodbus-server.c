/* A Modbus server on libmodbus, independent of everything else here: holding n = 1000 + n, input n = 2000 + n,
 * every third bit set. Usage: libmodbus-server tcp PORT | rtu PATH */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRIES = 200 };

static int serve(modbus_t *line, modbus_mapping_t *memory) {
  uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
  for (;;) {
    int length = modbus_receive(line, query);
    if (length > 0) modbus_reply(line, query, length, memory);
    else if (length < 0 && errno != EMBBADCRC && errno != ETIMEDOUT) return -1;
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  modbus_mapping_t *memory = modbus_mapping_new(ENTRIES, ENTRIES, ENTRIES, ENTRIES);
  for (int i = 0; i < ENTRIES; i++) {
    memory->tab_registers[i] = 1000 + i;
    memory->tab_input_registers[i] = 2000 + i;
    memory->tab_bits[i] = memory->tab_input_bits[i] = i % 3 == 0;
  }
  if (strcmp(argv[1], "rtu") == 0) {
    modbus_t *line = modbus_new_rtu(argv[2], 9600, 'N', 8, 1);
    modbus_set_slave(line, 1);
    if (modbus_connect(line) < 0) return 1;
    puts("ready");
    fflush(stdout);
    return serve(line, memory) == 0 ? 0 : 1;
  }
  modbus_t *line = modbus_new_tcp("127.0.0.1", atoi(argv[2]));
  int listener = modbus_tcp_listen(line, 1);
  if (listener < 0) return 1;
  puts("ready");
  fflush(stdout);
  for (;;) {
    if (modbus_tcp_accept(line, &listener) < 0) return 1;
    serve(line, memory);
    modbus_close(line);
  }
}
