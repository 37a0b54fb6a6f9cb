#!/bin/sh
# Installs into .tools what the tests of deployment and of the object store use: cfn-lint, the AWS CLI, moto (a server with
# AWS's APIs), versitygw (an S3 server), Lambda's runtime interface client, and the Node that runs it. What is there in the
# right version is not installed again.
set -eu

cd "$(dirname "$0")/.."
mkdir -p .tools

CFN_LINT=1.51.0
MOTO=5.2.1
AWSCLI=1.46.3
VERSITYGW=v1.8.0
LAMBDA_RIC=4.0.2
NODE=24.9.0

installed() {
  [ "$(cat ".tools/$1.version" 2>/dev/null)" = "$2" ]
}

if ! installed python "$CFN_LINT $MOTO $AWSCLI"; then
  python3 -m venv .tools/python
  .tools/python/bin/pip install --quiet --disable-pip-version-check "cfn-lint==$CFN_LINT" "moto[server,all]==$MOTO" "awscli==$AWSCLI"
  echo "$CFN_LINT $MOTO $AWSCLI" >.tools/python.version
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
