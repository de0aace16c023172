"""Runs a program on a pseudo-terminal: waits for each text and types the answer beside it. Prints what was shown."""
import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time

answers = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 300, 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
shown = ""
waiting = ""
end = time.time() + 50
while time.time() < end:
    ready, _, _ = select.select([terminal], [], [], 0.2)
    if ready:
        try:
            text = os.read(terminal, 65536).decode("utf-8", "replace")
        except OSError:
            break
        if text == "":
            break
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
        shown += plain
        waiting += plain
    elif answers and answers[0][0] in waiting:
        waiting = ""
        os.write(terminal, (answers.pop(0)[1] + "\r").encode())
_, status = os.waitpid(pid, 0)
print(shown)
print("ended", os.waitstatus_to_exitcode(status))
