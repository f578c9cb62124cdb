"""Whose error it is: Foundry's and its planes', somebody else's, or not said.

A host or a resource provider in the text decides; without one, the names of other products do.
Endings of hosts: protocol notes on clouds; providers: Resource Manager's own names.
"""

from __future__ import annotations

import re

OURS, FOREIGN, UNSAID = "ours", "foreign", "unsaid"

_HOST = re.compile(
    r"(?<![\w@.-])((?:[a-z0-9_\[\]*<>-]{1,63}\.){1,6}"
    r"(?:com|net|org|io|ai|us|cn|de|dev|app|cloud|info|co|uk|eu|id|in|jp|fr|azure|ms|microsoft))"
    r"(?![\w.-]*[(\w])(?=[:/\s\"',;)\]}>?#]|\.?$|\.\s)",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"(?:^|\.)(?:(?:services\.ai|openai|cognitiveservices|privatelink|ai|models\.ai)\.azure\.(?:com|us|cn)"
    r"|api\.cognitive\.(?:microsoft\.com|azure\.cn)|login\.microsoftonline\.(?:com|us)"
    r"|login\.(?:partner\.)?(?:microsoftonline|chinacloudapi)\.cn|(?:login|sts)\.windows\.net"
    r"|login\.microsoft\.com|management\.azure\.com|management\.core\.(?:windows\.net|[a-z.]+)"
    r"|management\.(?:usgovcloudapi\.net|chinacloudapi\.cn)|azure\.com\.privatelink)$",
    re.IGNORECASE,
)
_OUR_SUFFIX = re.compile(
    r"privatelink\.(?:services\.ai|openai|cognitiveservices)\.azure\.", re.IGNORECASE
)
_NEUTRAL = re.compile(
    r"(?:^|\.)(?:learn\.microsoft\.com|docs\.microsoft\.com|aka\.ms|go\.microsoft\.com|portal\.azure\.com"
    r"|github\.com|githubusercontent\.com|code\.claude\.com|(?:docs|platform|support|status)\.claude\.com"
    r"|docs\.anthropic\.com|stackoverflow\.com|example\.(?:com|org|net)|contoso\.com|fabrikam\.com"
    r"|microsoft\.com|graph\.(?:microsoft\.com|windows\.net)|azure\.status\.microsoft|status\.azure\.com"
    r"|token\.actions\.githubusercontent\.com|errors\.pydantic\.dev|python-httpx\.org|litellm\.ai"
    r"|developer\.mozilla\.org|live\.com|onmicrosoft\.com|w3\.org|azure-api\.net|gmail\.com|outlook\.com)$"
    r"|^(?:vault\.azure\.net|storage\.azure\.com|database\.windows\.net|batch\.core\.windows\.net"
    r"|datalake\.azure\.net|analysis\.windows\.net|ossrdbms-aad\.database\.windows\.net"
    r"|outlook\.office365\.com|azure\.com|windows\.net|anthropic\.com|openai\.com)$",
    re.IGNORECASE,
)
"""Where readers are sent, audiences and mail domains: they say nothing of who failed."""
_PROVIDER = re.compile(r"\bMicrosoft\.([A-Z][A-Za-z]{2,40})(?=/)")
_OUR_PROVIDERS = {"CognitiveServices", "SaaS", "MarketplaceOrdering"}
_PLAIN_PROVIDERS = {
    "Authorization", "Resources", "ManagedIdentity", "Support", "Insights", "Features", "Quota",
}  # fmt: skip
"""Providers that stand beside any other."""
_ABOUT_US = re.compile(
    r"foundry|claude|anthropic|microsoft\.cognitiveservices|cognitive services|azure ?open ?ai"
    r"|azure_ai\b|ai ?services|openai|/anthropic/|azureml|model deployment|apim-request-id",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:postgres(?:ql)?|psycopg\w*|mysql\w*|mariadb|mongo(?:db|ose)?|redis|kafka|rabbitmq|amqps?"
    r"|elasticsearch|opensearch|cassandra|docker(?:d|hub)?|containerd|kubelet|etcd|npm|yarn|pnpm|conda"
    r"|apt-get|smtp\w*|imap|ldaps?|sftp|ftp|openssh|ssh|boto(?:core|3)?|aws|amazonaws|dynamodb|bedrock"
    r"|vertex(?: ?ai|_ai)?|gemini|google\.api_core|googleapis?|generativelanguage|mistral(?:ai)?|cohere"
    r"|groq|openrouter|ollama|hugging ?face|hf_hub|replicate|togetherai|fireworks|perplexity|xai|grok"
    r"|cosmos ?db|azure\.cosmos|service ?bus|servicebus|event ?hubs?|eventgrid|key ?vault"
    r"|keyvault|storage(?: ?account|accounts)|blob ?(?:service|storage)|azure\.storage|sql ?server"
    r"|pyodbc|odbc|sqlalchemy|snowflake|databricks|stripe|slack|twilio|sendgrid|sentry|datadog|splunk"
    r"|oracle|ora-\d{4,5}|jdbc|hikaripool|azure devops|git (?:push|pull|fetch|clone)|fatal: unable to access"
    r"|graph api|microsoft graph|sharepoint|aks|azure functions?|app service plan|virtual ?machines?"
    r"|cognitive search|azure search|azuresearch|search service|telegram|discord|wordpress|nginx upstream"
    r"|pip|pypi|maven|gradle|nuget|cargo|rubygems|grpc|zookeeper|memcached|minio|s3|vpn|bluetooth|usb"
    r"|/simple/[\w.-]+|wsdl|odata|salesforce|jira|paypal|firebase|supabase)\b",
    re.IGNORECASE,
)
_PLAINLY = re.compile(
    r"foundry|microsoft\.cognitiveservices|cognitive services|azure|aiservices|/anthropic/|apim-request-id",
    re.IGNORECASE,
)
"""Words that only Azure has to do with."""
_PROVIDER_NAMES = re.compile(
    r"\b(?:bedrock|boto(?:core|3)?|vertex(?: ?ai|_ai)?|gemini|google\.api_core|generativelanguage|mistral(?:ai)?|cohere"
    r"|groq|openrouter|ollama|hugging ?face|replicate|togetherai|fireworks|perplexity|xai|deepseek\.com)\b"
    r"|\b(?:OpenAI|Bedrock|VertexAI|Vertex_ai\w*|Gemini|Anthropic|Groq|Mistral|Cohere|Ollama|Together\w*|OpenRouter"
    r"|Replicate|Huggingface|Deepseek|XAI)Exception\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://(?!127\.|169\.254\.)\d{1,3}(?:\.\d{1,3}){3}")
_OTHER_PROVIDERS = re.compile(
    r"insufficient_quota|check your plan and billing|invalid x-api-key|credit balance is too low"
    r"|incorrect api key provided|api\.openai\.com|api\.anthropic\.com|platform\.openai\.com"
    r"|\b(?:AccessDenied|Throttling|Validation|ResourceNotFound)Exception\b|RESOURCE_EXHAUSTED"
    r"|PERMISSION_DENIED|UNAUTHENTICATED|model_not_found|API_KEY_INVALID|console\.anthropic\.com",
)
"""Words that only another provider's API uses."""
_PORT = re.compile(
    r"(?:localhost|127\.0\.0\.1|\[?::1\]?|\d{1,3}(?:\.\d{1,3}){3}|(?:/|@| to )[a-z][\w-]{2,60}):(\d{2,5})\b|\bport[ =](\d{2,5})\b"
)
_WEB_PORTS = {80, 443, 8080, 3128, 8443, 8888, 8118, 9090, 9400, 40342, 50342, 41741}
"""Ports of the service, of usual proxies and of identity endpoints."""


def hosts(text: str) -> list[str]:
    """The host names of a text in their order, in lower case, without those of documentation."""
    found = dict.fromkeys(one.group(1).lower() for one in _HOST.finditer(text[:20000]))
    return [one for one in found if not _NEUTRAL.search(one)]


def is_ours(host: str) -> bool:
    """Whether a host is the data plane's, a login host's or Resource Manager's."""
    return bool(_OURS.search(host) or _OUR_SUFFIX.search(host))


def scope(text: str) -> str:
    """`ours`, `foreign` or `unsaid`."""
    named = hosts(text)
    providers = {one.group(1) for one in _PROVIDER.finditer(text[:20000])} - _PLAIN_PROVIDERS
    if providers:
        return OURS if providers & _OUR_PROVIDERS else FOREIGN
    if any(is_ours(one) for one in named) or "AADSTS" in text:
        return OURS
    if _OTHER_PROVIDERS.search(text):
        return FOREIGN
    if named or _ADDRESS.search(text):
        return FOREIGN
    if _PROVIDER_NAMES.search(text) and not _PLAINLY.search(text):
        return FOREIGN
    if "169.254.169.254" in text:
        return OURS
    others = _OTHERS.search(text)
    if _ABOUT_US.search(text):
        return OURS
    if others or _strange_port(text):
        return FOREIGN
    return UNSAID


def _strange_port(text: str) -> bool:
    ports = [int(one.group(1) or one.group(2)) for one in _PORT.finditer(text[:20000])]
    return bool(ports) and not any(port in _WEB_PORTS for port in ports)
