#!/usr/bin/env bash
# What can be said about the files of deployment without running them: tools/deploy-rules.mjs, and the checks of the
# programs that they are for, where those are installed.
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[1m[deploy]\033[0m %s\n' "$*"; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/parallax-deploy.XXXXXX")
trap 'rm -rf "$folder"' EXIT

# Runs a check where its program is; otherwise says what was not checked.
with_program() { # program, what it checks, function
  if type -P "$1" >/dev/null 2>&1; then say "$2, by $1"; "$3"; else say "NOTE: $1 is not here; not checked by it: $2"; fi
}

unit() {
  # The program of the unit need not be installed here.
  sed 's#^ExecStart=.*#ExecStart=/bin/true#' deploy/systemd/parallax.service >"$folder/parallax.service"
  # Of other units on this machine it complains as well: only what it says of ours counts.
  systemd-analyze verify "$folder/parallax.service" >"$folder/unit.log" 2>&1 || true
  if grep -F "parallax.service" "$folder/unit.log"; then return 1; fi
}

manifests() {
  cp -r deploy/kubernetes "$folder/kubernetes"
  cp "$folder/kubernetes/secret.env.example" "$folder/kubernetes/secret.env"
  kubectl kustomize "$folder/kubernetes" >"$folder/manifests.yaml"
}

nginx_site() {
  mkdir "$folder/nginx"
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
    -keyout "$folder/nginx/key.pem" -out "$folder/nginx/cert.pem" 2>/dev/null
  sed -e "s#^\( *ssl_certificate \).*#\1$folder/nginx/cert.pem;#" \
    -e "s#^\( *ssl_certificate_key \).*#\1$folder/nginx/key.pem;#" \
    deploy/nginx/parallax.conf >"$folder/nginx/parallax.conf"
  {
    printf 'pid nginx.pid; error_log stderr; events {} http { access_log off; include parallax.conf;\n'
    printf '%s_temp_path temp;\n' client_body proxy fastcgi uwsgi scgi
    printf '}\n'
  } >"$folder/nginx/nginx.conf"
  nginx -t -q -p "$folder/nginx" -c "$folder/nginx/nginx.conf"
}

caddy_site() {
  XDG_DATA_HOME="$folder" XDG_CONFIG_HOME="$folder" caddy validate --adapter caddyfile --config deploy/caddy/Caddyfile \
    >"$folder/caddy.log" 2>&1 || { cat "$folder/caddy.log" >&2; return 1; }
}

alerts() { promtool check rules deploy/prometheus/alerts.yml >/dev/null; }

node tools/deploy-rules.mjs
with_program systemd-analyze "the unit" unit
with_program kubectl "the manifests" manifests
with_program nginx "the site for nginx" nginx_site
with_program caddy "the site for Caddy" caddy_site
with_program promtool "the alerts" alerts
