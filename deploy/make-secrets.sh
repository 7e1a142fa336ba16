#!/bin/sh
# Makes the secrets of compose.yaml in deploy/secrets, once: what is there already is kept, because a new master
# key could not open what the old one sealed.
set -eu
# Only their owner gets into the folder. The files in it can be read by the containers' user, who is another one.
folder="${1:-$(dirname "$0")/secrets}"
mkdir -p "$folder"
chmod 700 "$folder"
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
make() {
  [ -s "$folder/$1" ] && return
  printf '%s\n' "$2" > "$folder/$1.new"
  chmod 644 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
  echo "made $folder/$1"
}
make master_key "$(random)"
make admin_token "$(random)"
make otlp_token "$(random)"
make dashboard_secret "$(random)"
make database_password "$(random)"
make database_url "postgres://tutti:$(cat "$folder/database_password")@postgres:5432/tutti"
echo "The administrator signs in with the token in $folder/admin_token. Keep a copy of $folder/master_key elsewhere."
