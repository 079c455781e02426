#!/usr/bin/env bash
# A real Slurm of one node on loopback, with two stand-ins for GPUs that it counts and hands out, for tests. As root, on
# Debian and its like, in a bare container too: no systemd, no control groups, nothing outside of DIR but two ports.
#
#   cluster.sh install          through apt: slurmctld slurmd slurm-client munge
#   cluster.sh start DIR        then: export SLURM_CONF=DIR/slurm.conf
#   cluster.sh node DIR stop    kills the node's daemon and all jobs on it, as a power failure would; `start` begins it again
#   cluster.sh stop DIR         ends all of it; DIR is the caller's to remove
set -euo pipefail
what=${1:?install, start, node or stop}
# Debian puts daemons where users' PATH does not reach
PATH=$PATH:/usr/sbin:/sbin

free_port() {
  local port=$1
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}
wait_for() {
  for _ in $(seq 100); do
    if "${@:2}" >/dev/null 2>&1; then return; fi
    sleep 0.2
  done
  echo "$1" >&2
  tail -n 20 "$dir"/log/*.log >&2 || true
  exit 1
}
end() {
  local pid
  [ -f "$1" ] || return 0
  pid=$(cat "$1")
  kill "$2" "$pid" 2>/dev/null || true
  for _ in $(seq 50); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  rm -f "$1"
}
# Jobs of this cluster and their keepers, by their environment: another one may run on the same machine.
own_processes() {
  local environment process
  for environment in /proc/[0-9]*/environ; do
    process=$(basename "$(dirname "$environment")")
    grep -zqxF "SLURM_CONF=$SLURM_CONF" "$environment" 2>/dev/null || continue
    if [ "$(cat "/proc/$process/comm")" = slurmstepd ] || grep -zq '^SLURM_JOB_ID=' "$environment"; then
      echo "$process"
    fi
  done
}
is_idle() { sinfo -h -o %T | grep -Eq 'idle|mixed|allocated'; }

if [ "$what" = install ]; then
  command -v apt-get >/dev/null || { echo "there is no apt-get; install Slurm by other means" >&2; exit 1; }
  [ "$(id -u)" = 0 ] || { echo "installing packages takes root" >&2; exit 1; }
  if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v munged >/dev/null; then
    apt-get -qq update >&2
    # services that packages would start have no place here
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq install -y --no-install-recommends \
      slurmctld slurmd slurm-client munge >&2
  fi
  exit
fi

dir=${2:?a folder}
host=$(hostname -s)
export SLURM_CONF="$dir/slurm.conf"
case $what in
start)
  mkdir -p "$dir"/{state,spool,log,munge}
  dir=$(cd "$dir" && pwd)
  chmod 755 "$dir" "$dir/munge"
  (umask 077 && head -c 1024 /dev/urandom >"$dir/munge/key")
  munged --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
    --log-file="$dir/log/munged.log" --seed-file="$dir/munge/seed" >/dev/null 2>&1
  controller=$(free_port $((20000 + $$ % 10000)))
  node=$(free_port $((controller + 1)))
  cat >"$dir/slurm.conf" <<CONF
ClusterName=xfer
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller
SlurmdPort=$node
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=10
KillWait=10
MinJobAge=300
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 CPUs=8 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES PriorityTier=1 MaxTime=INFINITE State=UP
PartitionName=urgent Nodes=$host PriorityTier=9 PreemptMode=OFF MaxTime=INFINITE State=UP
PartitionName=short Nodes=$host PriorityTier=1 MaxTime=1 State=UP
CONF
  # two devices there always are: --gres=gpu:1 queues, places and sets CUDA_VISIBLE_DEVICES as on a cluster
  printf 'NodeName=%s Name=gpu File=%s\n' "$host" /dev/null "$host" /dev/zero >"$dir/gres.conf"
  case $(slurmctld -V) in
  *\ 2[0-2].* | *\ 23.02*) ;;
  *) echo CgroupPlugin=disabled >"$dir/cgroup.conf" ;;
  esac
  slurmctld -c
  wait_for "the controller does not answer" scontrol ping
  slurmd
  wait_for "the node does not come up" is_idle
  ;;
node)
  case ${3:?start or stop} in
  stop)
    end "$dir/slurmd.pid" -KILL
    # whatever ran below the node's daemon is gone as well
    for process in $(own_processes); do kill -KILL "$process" 2>/dev/null || true; done
    # as the controller would find out by itself after SlurmdTimeout
    scontrol update "nodename=$host" state=down reason=test
    ;;
  start)
    slurmd
    scontrol update "nodename=$host" state=resume
    wait_for "the node does not come up" is_idle
    ;;
  esac
  ;;
stop)
  scancel --user="$(id -un)" 2>/dev/null || true
  end "$dir/slurmd.pid" -TERM
  for process in $(own_processes); do kill -KILL "$process" 2>/dev/null || true; done
  end "$dir/slurmctld.pid" -TERM
  end "$dir/munge/pid" -TERM
  ;;
*)
  echo "install, start, node or stop" >&2
  exit 2
  ;;
esac
