#!/usr/bin/env bash
# The three published systems as twins on the built-in base, laptop-sized: trained, then scored strictly on dev.
# Usage: npm install && runs/systems.sh [vaner bioner-llama nerllama nerllama-mt …]; stop it whenever you like, it goes on.
set -euo pipefail
cd "$(dirname "$0")/.."
for system in ${@:-vaner bioner-llama nerllama nerllama-mt}; do
  npx nerium train "recipes/$system/builtin.yaml"
done
