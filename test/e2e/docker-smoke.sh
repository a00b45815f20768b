#!/usr/bin/env bash
# The image as people run it: built by docker-compose.yml from a copy of this checkout, pushed to, its mounted rules edited,
# crashed, stopped. Needs a Docker engine that can resolve the Dockerfile's base image, and curl. Leaves nothing behind
# but the image.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
export COMPOSE_PROJECT_NAME=sluicesmoke$$
push=http://127.0.0.1:10081/api/data
status=http://127.0.0.1:9081
alone=

step() { printf -- '--- %s (%s s)\n' "$*" "$SECONDS"; }

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  docker compose ps >&2 || true
  docker compose logs --tail=60 >&2 || true
  [ -z "$alone" ] || docker logs --tail 60 "$alone" >&2 || true
  exit 1
}

cleanup() {
  local code=$?
  trap - EXIT
  [ -z "$alone" ] || docker rm -fv "$alone" >/dev/null 2>&1 || true
  docker compose down -v --remove-orphans >/dev/null 2>&1 || true
  rm -rf "$work"
  exit $code
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Tries a command until it succeeds. $1: seconds, $2: what is waited for, then the command.
eventually() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || fail "$what"
    sleep 0.5
  done
}

logs() { docker compose logs --no-color 2>/dev/null; }
# grep reads to the end: with -q it would break the pipe, and pipefail would make that a failure.
logged() { logs | grep -F -- "$1" >/dev/null; }
health() { docker inspect --format '{{.State.Health.Status}}' "$1"; }
healthy() { [ "$(health "$1")" = healthy ]; }
container() { docker compose ps -q sluice; }

# Pushes a reading. $1: deviceId, $2: temperature. Prints the answer.
reading() {
  curl -sS -m 5 -H 'content-type: application/json' -d "{\"deviceId\":\"$1\",\"temperature\":$2,\"humidity\":40}" "$push"
}
taken() { [ "$(reading "$@" 2>/dev/null)" = ok ]; }

for port in 10081 9081; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then fail "port $port is taken on this machine"; fi
done

step 'a copy of this checkout, since its rules are edited below'
cd "$root"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar --null -T - -cf - | tar -xf - -C "$work"
# The user inside the container is another one.
chmod -R a+rX "$work"
cd "$work"

step 'docker compose build'
docker compose build >"$work/.build.log" 2>&1 || { tail -n 40 "$work/.build.log" >&2; fail 'the image does not build'; }

step 'docker compose up'
docker compose up -d >/dev/null 2>&1 || fail 'docker compose up'
id=$(container)
eventually 60 'the container does not become healthy' healthy "$id"

step 'a push shows in the log'
[ "$(reading smoke-hot 91.5)" = ok ] || fail "the push was answered: $(reading smoke-hot 91.5)"
eventually 10 'the filter rule logs nothing' logged smoke-hot
eventually 30 'the windowed alert logs nothing' logged 'smoke-hot averaged'

step 'status, health and metrics on the loopback'
for path in /livez /readyz /rules /status /metrics; do
  curl -fsS -m 5 "$status$path" >/dev/null || fail "$path"
done

step 'not root, a read-only root, a data folder of its own, the command on PATH'
[ "$(docker compose exec -T sluice id -u)" = 1000 ] || fail 'the process runs as root'
! docker compose exec -T sluice sh -c 'touch /app/x' 2>/dev/null || fail 'the root can be written to'
docker compose exec -T sluice sh -c 'touch /data/x && rm /data/x' || fail '/data cannot be written to'
docker compose exec -T sluice sluice validate || fail 'sluice validate'
docker compose exec -T sluice sluice test || fail 'sluice test'
docker compose exec -T sluice sluice status || fail 'sluice status'

step 'an edited rule changes what runs'
taken smoke-mild 50 || fail 'a push was refused'
sed -i 's/temperature > 80/temperature > 10/' rules/hot-devices.yaml
mild_logged() { taken smoke-mild 50 && logged smoke-mild; }
eventually 15 'the edit of rules/hot-devices.yaml had no effect' mild_logged

step 'a broken rule keeps its last good version'
printf 'id: hot-devices\nsql: SELECT FROM WHERE\nactions: [{log: {}}]\n' >rules/hot-devices.yaml
eventually 15 'the broken file is not in the log' logged rules/hot-devices.yaml:
taken smoke-still 50 || fail 'a push was refused'
eventually 10 'the last good version stopped' logged smoke-still
healthy "$id" || fail "the container is $(health "$id")"

step 'after a crash it serves again'
docker compose exec -T sluice sh -c 'kill -9 "$(cat /tmp/pm2/pids/sluice-0.pid)"' || fail 'no process to crash'
eventually 20 'no push is taken after the crash' taken smoke-after 99

step 'docker compose stop ends it in time and cleanly'
began=$SECONDS
docker compose stop >/dev/null 2>&1 || fail 'docker compose stop'
[ $((SECONDS - began)) -lt 20 ] || fail "stopping took $((SECONDS - began)) s"
code=$(docker inspect --format '{{.State.ExitCode}}' "$id")
[ "$code" = 0 ] || fail "the container ended with $code"
docker compose down -v >/dev/null 2>&1 || fail 'docker compose down -v'

step 'the image alone, without pm2 and without a mount'
alone=$(docker run -d --read-only --tmpfs /tmp sluice sluice run)
eventually 40 'the image does not become healthy by itself' healthy "$alone"
docker stop -t 20 "$alone" >/dev/null
code=$(docker inspect --format '{{.State.ExitCode}}' "$alone")
[ "$code" = 0 ] || fail "the process ended with $code"

docker rm -fv "$alone" >/dev/null

step 'a configuration that does not let it start is said once, and pm2 does not try it in a loop'
alone=$(docker run -d -e SLUICE__STATUS__PORT=none sluice)
said() { docker logs "$alone" 2>&1 | grep -F CONFIG_VALUE >/dev/null; }
eventually 15 'the wrong setting is not in the log' said
sleep 3
starts=$(docker logs "$alone" 2>&1 | grep -cF 'starting in -fork mode')
[ "$starts" = 1 ] || fail "it was started $starts times"

step 'the image serves, follows its files, survives a crash and stops cleanly'
