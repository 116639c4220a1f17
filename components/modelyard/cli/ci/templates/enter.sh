# Enters the clouds whose variables are set, by the token of the step that reads this.
#
#   AWS_ROLE_ARN                         with AWS's token in $AWS_TOKEN
#   GOOGLE_PROVIDER, GOOGLE_ACCOUNT      with Google's in $GOOGLE_TOKEN
# Azure's AzureCLI task has one token for both, in $idToken: both clouds have to take its audience,
# api://AzureADTokenExchange.
umask 077
KEPT="$(mktemp -d)"
trap 'rm -rf "$KEPT"' EXIT
if [ -n "${AWS_ROLE_ARN:-}" ]; then
  printf '%s' "${AWS_TOKEN:-${idToken:-}}" > "$KEPT/aws"
  export AWS_WEB_IDENTITY_TOKEN_FILE="$KEPT/aws"
fi
if [ -n "${GOOGLE_PROVIDER:-}" ]; then
  printf '%s' "${GOOGLE_TOKEN:-${idToken:-}}" > "$KEPT/google"
  export GOOGLE_APPLICATION_CREDENTIALS="$KEPT/google.json"
  cat > "$GOOGLE_APPLICATION_CREDENTIALS" <<END
{
  "type": "external_account",
  "audience": "//iam.googleapis.com/$GOOGLE_PROVIDER",
  "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
  "token_url": "https://sts.googleapis.com/v1/token",
  "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/$GOOGLE_ACCOUNT:generateAccessToken",
  "credential_source": {"file": "$KEPT/google"}
}
END
fi
