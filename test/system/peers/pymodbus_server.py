"""A Modbus server on pymodbus, independent of everything else here: holding n = 1000 + n, input n = 2000 + n,
every third bit set. Usage: pymodbus_server.py tcp PORT | rtu PATH"""

import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartSerialServer, StartTcpServer

ENTRIES = 200
bits = [i % 3 == 0 for i in range(ENTRIES)]
memory = ModbusSlaveContext(
    di=ModbusSequentialDataBlock(0, list(bits)),
    co=ModbusSequentialDataBlock(0, list(bits)),
    hr=ModbusSequentialDataBlock(0, [1000 + i for i in range(ENTRIES)]),
    ir=ModbusSequentialDataBlock(0, [2000 + i for i in range(ENTRIES)]),
    zero_mode=True,
)
context = ModbusServerContext(slaves={1: memory}, single=False)
print("ready", flush=True)
if sys.argv[1] == "tcp":
    StartTcpServer(context=context, address=("127.0.0.1", int(sys.argv[2])))
else:
    from pymodbus.transaction import ModbusRtuFramer

    StartSerialServer(context=context, framer=ModbusRtuFramer, port=sys.argv[2], baudrate=9600, timeout=0.05)
