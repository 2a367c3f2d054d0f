#!/bin/sh
# Runs the command of one container and records how it ended, so that the exit code outlives edged.
#
#   start-container.sh FOLDER COUNT [CGROUP_PROCS]... COMMAND [ARGUMENT]...
#
# FOLDER/claim is a symbolic link to "pid:start time:boot id" of this shell; whoever creates it decides whether
# the command runs. FOLDER/running is there once it does. FOLDER/exit holds "exit code:ms since boot". File descriptor 5 is for our own complaints;
# 3 and 4 go on to the command, which may be bwrap.
# Variables of ours begin with _hf_ because the environment belongs to the container.

_hf_folder=$1
_hf_count=$2
shift 2
exec 6>&2 2>&5

_hf_field() {
  shift "$1"
  echo "$1"
}

# A signal to the whole group is for the command; we stay to record how it ends. Caught signals, unlike ignored
# ones, are back at their default in the command.
trap : HUP INT QUIT TERM USR1 USR2

read -r _hf_boot </proc/sys/kernel/random/boot_id
read -r _hf_stat <"/proc/$$/stat"
command -p ln -s "$$:$(_hf_field 22 $_hf_stat):$_hf_boot" "$_hf_folder/claim" || exit 125

_hf_code=
while [ "$_hf_count" -gt 0 ]; do
  echo $$ >"$1" || _hf_code=125
  shift
  _hf_count=$((_hf_count - 1))
done

if [ -z "$_hf_code" ]; then
  # A shell reports a signal that ended its child on its own stderr, which is not the container's business.
  exec 2>/dev/null
  # From here on the only child of this shell is the command.
  : >"$_hf_folder/running"
  (exec "$@" 2>&6 5>&- 6>&-)
  _hf_code=$?
fi

read -r _hf_up _hf_rest </proc/uptime
# Read only after the end of this shell, so it need not appear at once.
echo "$_hf_code:${_hf_up%.*}${_hf_up#*.}0" >"$_hf_folder/exit"

# As a container's other processes end with its first one.
kill -KILL 0
