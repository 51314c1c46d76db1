#!/bin/sh
# Makes the secrets that docker-compose.yml hands to its containers, each as a file:
#
#   sh deploy/secrets.sh [DIRECTORY]      (./secrets where none is named)
#
# What is there already stays as it is, so it can be run again. A value that stands in ./.env (where they all were once)
# is taken from it. The directory is closed to other users; the files in it are not, for each container has a user of
# its own.
set -eu
directory=${1:-secrets}

umask 077
mkdir -p "$directory"
chmod 0700 "$directory"

# keep NAME VALUE: the file NAME, unless it is there.
keep() {
  if [ -e "$directory/$1" ]; then
    return
  fi
  printf '%s\n' "$2" > "$directory/.$1"
  chmod 0444 "$directory/.$1"
  mv "$directory/.$1" "$directory/$1"
  echo "made $directory/$1"
}

# chosen NAME: the value in .env, else 256 random bits as 64 letters and digits.
chosen() {
  value=$(sed -n "s/^$1=//p" .env 2>/dev/null | tail -n 1)
  if [ -n "$value" ]; then
    printf '%s' "$value"
  else
    od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n'
  fi
}

for name in POSTGRES_PASSWORD REDIS_PASSWORD DIGITREE_SECRET DIGITREE_ESL_SECRET DIGITREE_FS_PASSWORD DIGITREE_API_KEY; do
  keep "$name" "$(chosen "$name")"
done
keep DATABASE_URL "postgresql://digitree:$(cat "$directory/POSTGRES_PASSWORD")@127.0.0.1:15432/digitree"
redis_password=$(cat "$directory/REDIS_PASSWORD")
keep REDIS_URL "redis://:$redis_password@127.0.0.1:16379/0"
# A cache: the keeper fills it again from Postgres whenever it is empty, so nothing of it is kept on disk.
keep redis.conf "requirepass $redis_password
save \"\"
appendonly no"
# For the health check of FreeSWITCH, which would have the password on its command line otherwise.
keep fs_cli.conf "[default]
password => $(cat "$directory/DIGITREE_FS_PASSWORD")"
