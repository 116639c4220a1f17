# What follows is the same for every platform; what is copied stands at the end.

usage() {
  cat <<TEXT
Copies what a platform takes from outside to where the platform is.

  sh mirror.sh           copy, from a machine that reaches both sides
  sh mirror.sh pull      fetch into a folder, where the internet is reached
  sh mirror.sh push      bring that folder's content in, where the site is reached
  sh mirror.sh check     say whether all of it is inside

Settings, from the environment:
  KEPT       the folder ($KEPT)
  REGISTRY   host and path of the registry ($REGISTRY)
  CHARTS     oci://… or https://… ($CHARTS)
  MODELS     s3://bucket/prefix ($MODELS)
  S3_ENDPOINT, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
             of the object store ($S3_ENDPOINT)
  HF_TOKEN   opens gated models
  NODE_OS    operating system of GPU nodes, for driver images ($NODE_OS)
  ONLY       images, charts or models, to do one of them alone

It goes on where it was cut off, and does nothing twice.
TEXT
}

fail() {
  echo "mirror.sh: $1" >&2
  exit 1
}

say() {
  echo "mirror.sh: $1"
}

# need TOOL HOW-TO-GET-IT
need() {
  command -v "$1" >/dev/null 2>&1 || fail "$1 is missing. Next: $2"
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

sum_of() {
  sha256 <"$1" | cut -d ' ' -f 1
}

wanted() {
  [ -z "${ONLY:-}" ] || [ "$ONLY" = "$1" ]
}

pulls() {
  [ "$WHAT" = pull ] || [ "$WHAT" = copy ]
}

pushes() {
  [ "$WHAT" = push ] || [ "$WHAT" = copy ]
}

tools() {
  if wanted images && [ -n "$HAS_IMAGES" ]; then
    need skopeo "apt-get install skopeo, dnf install skopeo, or brew install skopeo"
    [ -n "$REGISTRY" ] || ! needs_inside || fail "REGISTRY is not set. Next: REGISTRY=host/path"
  fi
  if wanted charts && [ -n "$HAS_CHARTS" ]; then
    need helm "see https://helm.sh/docs/intro/install (3.8 or newer)"
    [ -n "$CHARTS" ] || ! needs_inside || fail "CHARTS is not set. Next: CHARTS=oci://host/path"
  fi
  if wanted models && [ -n "$HAS_MODELS" ]; then
    if pulls; then need hf "pip install 'huggingface_hub>=1.0'"; fi
    if needs_inside; then
      need rclone "apt-get install rclone, or see https://rclone.org/install"
      [ -n "$MODELS" ] || fail "MODELS is not set. Next: MODELS=s3://bucket/prefix"
      [ -n "${RCLONE_CONFIG_SITE_TYPE:-}$S3_ENDPOINT" ] ||
        fail "nothing says where the object store is. Next: S3_ENDPOINT=https://…"
    fi
  fi
}

needs_inside() {
  [ "$WHAT" != pull ]
}

# Rclone's remote `site:`; RCLONE_CONFIG_SITE_… may say otherwise.
store() {
  : "${RCLONE_CONFIG_SITE_TYPE:=s3}" "${RCLONE_CONFIG_SITE_PROVIDER:=Other}"
  : "${RCLONE_CONFIG_SITE_ENV_AUTH:=true}" "${RCLONE_CONFIG_SITE_ENDPOINT:=$S3_ENDPOINT}"
  export RCLONE_CONFIG_SITE_TYPE RCLONE_CONFIG_SITE_PROVIDER
  export RCLONE_CONFIG_SITE_ENV_AUTH RCLONE_CONFIG_SITE_ENDPOINT
}

# image SOURCE NAME DIGEST: NAME is path and tag inside; DIGEST may be empty.
image() {
  wanted images || return 0
  held="$KEPT/images/$(echo "$2" | tr ':@' '--')"
  if pulls; then pull_image "$1" "$held" "$3"; fi
  if pushes; then push_image "$held" "$2"; fi
  if [ "$WHAT" = check ]; then
    skopeo inspect --raw "docker://$REGISTRY/$2" >/dev/null 2>&1 || missing "image $REGISTRY/$2"
  fi
}

pull_image() {
  if [ ! -e "$2/manifest.json" ]; then
    say "fetching $1"
    rm -rf "$2.part"
    mkdir -p "$(dirname "$2")"
    skopeo copy --quiet --all --preserve-digests "docker://$1" "dir:$2.part"
    mv "$2.part" "$2"
  fi
  [ -z "$3" ] || [ "sha256:$(sum_of "$2/manifest.json")" = "$3" ] ||
    fail "$1 is not $3. Next: remove $2, and find out who changed it"
}

push_image() {
  [ -e "$1/manifest.json" ] || fail "$1 is not there. Next: sh mirror.sh pull"
  sum="$(sum_of "$1/manifest.json")"
  [ "$(raw_sum "$2")" = "$sum" ] && return 0
  say "bringing $2"
  skopeo copy --quiet --all --preserve-digests "dir:$1" "docker://$REGISTRY/$2"
  [ "$(raw_sum "$2")" = "$sum" ] || fail "$REGISTRY/$2 is not what was fetched"
}

raw_sum() {
  { skopeo inspect --raw "docker://$REGISTRY/$1" 2>/dev/null || true; } | sha256 | cut -d ' ' -f 1
}

# chart NAME VERSION REPOSITORY: an address that begins with oci:// ends in the chart's name.
chart() {
  wanted charts || return 0
  file="$1-$2.tgz"
  if pulls; then pull_chart "$1" "$2" "$3"; fi
  if pushes; then push_chart "$1" "$2"; fi
  if [ "$WHAT" = check ]; then chart_inside "$1" "$2" || missing "chart $1 $2 in $CHARTS"; fi
}

pull_chart() {
  mkdir -p "$KEPT/charts"
  if [ ! -e "$KEPT/charts/$file.sha256" ]; then
    say "fetching chart $1 $2"
    case "$3" in
      oci://*) helm pull "$3" --version "$2" --destination "$KEPT/charts" ;;
      *) helm pull "$1" --repo "$3" --version "$2" --destination "$KEPT/charts" ;;
    esac
    sum_of "$KEPT/charts/$file" >"$KEPT/charts/$file.sha256"
  fi
}

push_chart() {
  [ -e "$KEPT/charts/$file.sha256" ] || fail "chart $1 $2 is not there. Next: sh mirror.sh pull"
  [ "$(sum_of "$KEPT/charts/$file")" = "$(cat "$KEPT/charts/$file.sha256")" ] ||
    fail "$KEPT/charts/$file has changed since it was fetched. Next: remove it and its .sha256"
  case "$CHARTS" in
    oci://*)
      chart_inside "$1" "$2" && return 0
      say "bringing chart $1 $2"
      helm push "$KEPT/charts/$file" "$CHARTS"
      ;;
  esac
}

chart_inside() {
  case "$CHARTS" in
    oci://*) helm show chart "$CHARTS/$1" --version "$2" >/dev/null 2>&1 ;;
    *) helm show chart "$1" --repo "$CHARTS" --version "$2" >/dev/null 2>&1 ;;
  esac
}

# A repository of files cannot be pushed to: its folder is made here, and served by whoever can.
chart_index() {
  wanted charts && pushes && [ -n "$HAS_CHARTS" ] || return 0
  case "$CHARTS" in
    https://*)
      helm repo index "$KEPT/charts" --url "$CHARTS"
      say "next: copy $KEPT/charts, with its index.yaml, to where $CHARTS is served from"
      ;;
  esac
}

# model REPOSITORY REVISION FOLDER FILE GATED WITHOUT: FILE is what one GGUF file is called inside,
# or empty; WITHOUT is `unused` where formats that no engine reads are left out.
model() {
  wanted models || return 0
  held="$KEPT/models/$3"
  if pulls; then pull_model "$@"; fi
  if pushes; then push_model "$3" "$held.${4:-whole}.fetched"; fi
  if [ "$WHAT" = check ]; then
    rclone lsf "$(remote "$3")/${4:-SHA256SUMS}" 2>/dev/null | grep -q . ||
      missing "model $MODELS/$3 $4"
  fi
}

pull_model() {
  [ ! -e "$held.${4:-whole}.fetched" ] || return 0
  [ -z "$5" ] || [ -n "${HF_TOKEN:-}" ] || say "$1 may be gated, and HF_TOKEN is not set"
  say "fetching model $1 at $2"
  mkdir -p "$held"
  if [ -n "$4" ]; then pull_file "$1" "$2" "$4"; else pull_all "$1" "$2" "${6:-}"; fi
  rm -rf "$held/.cache"
  (cd "$held" && find . -type f ! -name SHA256SUMS | sort |
    while read -r each; do sha256 "$each"; done) >"$held.sums"
  mv "$held.sums" "$held/SHA256SUMS"
  touch "$held.${4:-whole}.fetched"
}

pull_all() {
  ${3:-env} hf download "$1" --revision "$2" --local-dir "$held" >/dev/null
  verified "$1" "$2" "$held"
}

# The hub's own sums are compared by `hf cache verify`, where that is known.
verified() {
  hf cache verify --help >/dev/null 2>&1 || return 0
  hf cache verify "$1" --revision "$2" --local-dir "$3" >/dev/null ||
    fail "$3 is not what the hub has of $1. Next: remove it, and run this again"
}

# One file for each precision; repositories spell names as they like, a mirror does not.
pull_file() {
  precision="${3%.gguf}"
  parts="$held/.$precision"
  lower="$(echo "$precision" | tr '[:upper:]' '[:lower:]')"
  hf download "$1" --revision "$2" --local-dir "$parts" \
    --include "*$precision*.gguf" --include "*$lower*.gguf" >/dev/null
  verified "$1" "$2" "$parts"
  found="$(find "$parts" -name '*.gguf')"
  case "$(echo "$found" | grep -c .)" in
    1) mv "$found" "$held/$3" && rm -rf "$parts" ;;
    0) fail "$1 has no file for $precision. Next: take a repository that has GGUF files" ;;
    *) fail "$1 has several files for $precision. Next: llama-gguf-split --merge, or another" ;;
  esac
}

push_model() {
  [ -e "$2" ] || fail "model $1 is not there. Next: sh mirror.sh pull"
  (cd "$held" && sha256 -c SHA256SUMS >/dev/null) ||
    fail "$held has changed since it was fetched. Next: remove it, and fetch it again"
  say "bringing model $1"
  rclone copy "$held" "$(remote "$1")"
  rclone check --one-way "$held" "$(remote "$1")"
}

remote() {
  echo "site:${MODELS#s3://}/$1"
}

missing() {
  echo "missing: $1"
  MISSING=$((MISSING + 1))
}

WHAT="${1:-copy}"
MISSING=0
case "$WHAT" in
  copy | pull | push | check) ;;
  -h | --help | help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
tools
store
