#!/bin/sh
# Installs into .tools what the tests of deployment and of the object store use: cfn-lint, the AWS CLI, moto (a server with
# AWS's APIs), versitygw (an S3 server), Lambda's runtime interface clients of Node.js, with the Node that runs it,
# and of Python; the other package
# managers; and a browser. What is there in the right version is not installed again.
set -eu

cd "$(dirname "$0")/.."
mkdir -p .tools

CFN_LINT=1.51.0
MOTO=5.2.1
AWSCLI=1.46.3
VERSITYGW=v1.8.0
LAMBDA_RIC=4.0.2
LAMBDA_RIC_PYTHON=4.2.2
NODE=24.9.0
PNPM=12.21.0
YARN=4.18.1

# Compiled addons, WebAssembly and data files, to be packaged for real.
PACKAGES="sharp@0.35.5 tiktoken@1.0.22 better-sqlite3@12.11.1 onnxruntime-web@1.30.0 onnxruntime-node@1.30.0 @duckdb/node-api@1.5.6-r.1 hnswlib-node@3.0.0 @huggingface/transformers@4.3.2"
# The install script of onnxruntime-node downloads GPU libraries; these are compiled or fetched by theirs.
COMPILED="better-sqlite3 hnswlib-node"

installed() {
  [ "$(cat ".tools/$1.version" 2>/dev/null)" = "$2" ]
}

if ! installed python "$CFN_LINT $MOTO $AWSCLI"; then
  python3 -m venv .tools/python
  .tools/python/bin/pip install --quiet --disable-pip-version-check "cfn-lint==$CFN_LINT" "moto[server,all]==$MOTO" "awscli==$AWSCLI"
  echo "$CFN_LINT $MOTO $AWSCLI" >.tools/python.version
fi

if ! installed lambda-python "$LAMBDA_RIC_PYTHON"; then
  python3 -m venv .tools/lambda-python
  .tools/lambda-python/bin/pip install --quiet --disable-pip-version-check "awslambdaric==$LAMBDA_RIC_PYTHON"
  echo "$LAMBDA_RIC_PYTHON" >.tools/lambda-python.version
fi

if ! installed versitygw "$VERSITYGW"; then
  GOBIN="$PWD/.tools/bin" go install "github.com/versity/versitygw/cmd/versitygw@$VERSITYGW"
  echo "$VERSITYGW" >.tools/versitygw.version
fi

if ! installed node "$LAMBDA_RIC $NODE"; then
  mkdir -p .tools/node
  echo '{ "private": true }' >.tools/node/package.json
  npm install --prefix .tools/node --no-audit --no-fund "aws-lambda-ric@$LAMBDA_RIC" "node@$NODE"
  echo "$LAMBDA_RIC $NODE" >.tools/node.version
fi

# The package managers that people install Lambent with, next to npm.
if ! installed managers "$PNPM $YARN"; then
  mkdir -p .tools/managers
  echo '{ "private": true }' >.tools/managers/package.json
  npm install --prefix .tools/managers --no-audit --no-fund "pnpm@$PNPM" "@yarnpkg/cli-dist@$YARN"
  echo "$PNPM $YARN" >.tools/managers.version
fi

if ! installed packages "$PACKAGES"; then
  mkdir -p .tools/packages
  echo '{ "private": true }' >.tools/packages/package.json
  # shellcheck disable=SC2086
  npm install --prefix .tools/packages --no-audit --no-fund --ignore-scripts $PACKAGES
  # shellcheck disable=SC2086
  npm rebuild --prefix .tools/packages $COMPILED
  echo "$PACKAGES" >.tools/packages.version
fi

# A browser, for what a web page can do to the emulator. It is the system's own package: its libraries come with it.
if ! command -v chromium >/dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium
fi
