#!/usr/bin/env bash
# Elasticsearch's Python client as it is published, against `npm start`: every method of its inference namespace, and its errors.
# It makes a virtual environment in a temporary folder, and leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/../.."

export PYTHONDONTWRITEBYTECODE=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if ! python3 -m venv "$folder/venv" > "$folder/venv.log" 2>&1; then
  echo "Python client: skipped, since python3 or its venv module is missing"
  exit 0
fi
echo "Python client: installing what test/clients/python/requirements.txt names"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --requirement test/clients/python/requirements.txt
"$folder/venv/bin/python" test/clients/python/inference.py
