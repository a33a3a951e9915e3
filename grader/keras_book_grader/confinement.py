"""Confines the calling process, and all that it runs, for good.

Four layers of the Linux kernel, none of which needs a privilege: limits, new
namespaces, Landlock for files, and a filter of system calls. The process must have
one thread. Afterwards it reads the Python installation, writes to a small folder in
memory that is its own, may start threads but no processes, and has no network.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import sysconfig

SCRATCH = "/dev/shm"  # on every Linux; hidden under an empty folder of our own
SCRATCH_MEGABYTES = 256
MOST_THREADS = 512
# Can be opened, beside the Python installation. What is on a disk is mounted read-only.
OPEN = [SCRATCH, "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"]
OPEN += ["/usr", "/lib", "/lib64", "/etc/localtime", "/proc/self"]
OPEN += ["/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"]

libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


class ConfinementError(Exception):
    """A protection that this machine lacks."""


def confine(memory_megabytes, cpu_seconds):
    """Confine this process. Returns in a child, the first of its own PID namespace."""
    _unshare()
    _mount_scratch()
    if child := os.fork():
        die_with_parent()
        os.waitpid(child, 0)
        os._exit(0)
    die_with_parent()
    _limit(memory_megabytes, cpu_seconds)
    _landlock()
    _drop_capabilities()
    _hide_memory()
    _filter_system_calls()


def _check(result, what):
    if result < 0:
        raise ConfinementError(f"{what} ({os.strerror(ctypes.get_errno())})")
    return result


def die_with_parent():
    """Let the kernel end this process when the one that started it ends."""
    PR_SET_PDEATHSIG = 1
    _check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL), "parent-death signal")


def _unshare():
    NEWNS, NEWIPC, NEWUSER = 0x20000, 0x8000000, 0x10000000
    NEWPID, NEWNET = 0x20000000, 0x40000000
    user, group = os.geteuid(), os.getegid()
    flags = NEWNS | NEWIPC | NEWUSER | NEWPID | NEWNET
    _check(libc.unshare(flags), "no user namespaces")
    maps = {"uid_map": f"{user} {user} 1", "gid_map": f"{group} {group} 1"}
    try:
        for name, text in {"setgroups": "deny", **maps}.items():
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    except OSError as error:  # Ubuntu's way to say that there are none
        raise ConfinementError(f"no user namespaces ({error.strerror})") from None


def _mount_scratch():
    # Landlock lets modes, owners and times be changed; a read-only mount doesn't.
    MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, RDONLY, BIND = 442, -100, 0x8000, 1, 4096
    attributes = struct.pack("QQQQ", RDONLY, 0, 0, 0)
    made = libc.syscall(MOUNT_SETATTR, AT_FDCWD, b"/", AT_RECURSIVE, attributes, 32)
    _check(made, "mounts can't be made read-only")
    scratch = SCRATCH.encode()
    options = f"size={SCRATCH_MEGABYTES}m,nr_inodes=5000".encode()
    mounted = libc.mount(b"none", scratch, b"tmpfs", 0, options)
    _check(mounted, f"no folder in memory at {SCRATCH}")
    if not any(path.startswith("/tmp/") for path in [sys.prefix, *sys.path]):
        # Code that names /tmp finds the same folder; nothing of the real one.
        _check(libc.mount(scratch, b"/tmp", None, BIND, None), "no /tmp")


def _limit(memory_megabytes, cpu_seconds):
    with open("/proc/self/statm") as file:
        address_space = int(file.read().split()[0]) * resource.getpagesize()
    memory = address_space + (memory_megabytes << 20)  # shared memory, too
    for limit, value in [
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_NPROC, MOST_THREADS),  # of this namespace; not for root
        (resource.RLIMIT_NOFILE, 256),  # what stands in pipes is no memory of its own
    ]:
        resource.setrlimit(limit, (value, value))


def _landlock():
    CREATE_RULESET, ADD_RULE, RESTRICT_SELF, PR_SET_NO_NEW_PRIVS = 444, 445, 446, 38
    version = _check(libc.syscall(CREATE_RULESET, None, 0, 1), "no Landlock")
    if version < 3:
        raise ConfinementError("too old a Landlock: Linux 6.2 or newer has it")
    everything = (1 << 15) - 1
    of_a_file = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14  # execute, write, read, truncate
    rules = struct.pack("Q", everything)
    ruleset = libc.syscall(CREATE_RULESET, rules, len(rules), 0)
    _check(ruleset, "no Landlock rules")
    python = {sys.prefix, sys.base_prefix}
    python |= {sysconfig.get_path("stdlib"), sysconfig.get_path("platlib")}
    for path in [*OPEN, *python]:
        if os.path.exists(path):
            access = everything if os.path.isdir(path) else of_a_file
            place = os.open(path, os.O_PATH)
            rule = struct.pack("=Qi", access, place)
            _check(libc.syscall(ADD_RULE, ruleset, 1, rule, 0), f"no rule for {path}")
            os.close(place)
    _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _check(libc.syscall(RESTRICT_SELF, ruleset, 0), "Landlock restricts nothing")
    os.close(ruleset)


def _drop_capabilities():
    version_3 = struct.pack("Ii", 0x20080522, 0)
    _check(libc.capset(version_3, bytes(24)), "capabilities can't be dropped")


def _hide_memory():
    """Close /proc/self/mem, where the process could look for what it is asked."""
    PR_SET_DUMPABLE = 4
    _check(libc.prctl(PR_SET_DUMPABLE, 0), "memory can't be hidden")


# Number on x86-64, number on 64-bit ARM; None where there is no such call.
FORBIDDEN = {
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221),
    "execveat": (322, 281), "socket": (41, 198), "connect": (42, 203),
    "memfd_create": (319, 279), "unshare": (272, 97), "keyctl": (250, 219),
    "add_key": (248, 217), "shmget": (29, 194), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
}  # fmt: skip
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
CLONE, CLONE3, PRCTL = (56, 220), (435, 435), (157, 167)
SOCKETPAIR = 53, 199


def _filter_system_calls():
    """Let the kernel refuse new processes, sockets and a few rarer calls."""
    if platform.machine() not in MACHINES:
        raise ConfinementError(f"no list of system calls for {platform.machine()}")
    column, architecture = MACHINES[platform.machine()]
    LOAD, AND, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
    ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
    NOT_PERMITTED, NOT_THERE = 1, 38
    NUMBER, ARCHITECTURE, FIRST, SECOND = 0, 4, 16, 24  # what can be loaded
    CLONE_THREAD, DEATH_SIGNAL, KIND_OF_SOCKET, SOCK_STREAM = 0x10000, 1, 0xF, 1
    # Each instruction: what, how many to jump if true, how many if false, operand.
    allow, refuse = (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ERROR | NOT_PERMITTED)
    first, second = (LOAD, 0, 0, FIRST), (LOAD, 0, 0, SECOND)

    def of(calls, *instructions):
        """Return instructions for one system call, the number on this machine."""
        return [(EQUAL, 0, len(instructions), calls[column]), *instructions]

    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, 0x40000000),  # the 32-bit numbers of x86
        refuse,
        # Its flags can't be read: use clone.
        *of(CLONE3, (RETURN, 0, 0, ERROR | NOT_THERE)),
        *of(CLONE, first, (ANY_BIT, 0, 1, CLONE_THREAD), allow, refuse),
        # The parent-death signal stays.
        *of(PRCTL, first, (EQUAL, 0, 1, DEATH_SIGNAL), refuse, allow),
    ]
    # asyncio needs a pair of streams; datagrams could be sent to anybody.
    kind = second, (AND, 0, 0, KIND_OF_SOCKET), (EQUAL, 0, 1, SOCK_STREAM)
    program += of(SOCKETPAIR, *kind, allow, refuse)
    for numbers in FORBIDDEN.values():
        if numbers[column] is not None:
            program += of(numbers, refuse)
    program.append(allow)
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
    filtered = libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0)
    _check(filtered, "no filter of system calls")
