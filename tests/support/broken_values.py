"""Configurations with a value that cannot be: the text, and every fault as line:column: path: message."""

# ruff: noqa: E501  messages are compared whole, so they are written whole

SITE = "sites: [{upstreams: [http://shop:8000]}]\n"

BROKEN_VALUES: dict[str, tuple[str, tuple[str, ...]]] = {
    "duration without unit": (
        SITE + "state: {timeout: 5}\n",
        ("2:18: state.timeout: must be a duration such as 500ms, 5s, 2m, 1h or 1d",),
    ),
    "duration with a strange unit": (
        SITE + "state: {timeout: 5 sec}\n",
        ("2:18: state.timeout: must be a duration such as 500ms, 5s, 2m, 1h or 1d",),
    ),
    "size with a strange unit": (
        SITE + "limits: {max_head: 32kb}\n",
        ("2:20: limits.max_head: must be a size such as 512B, 32KiB or 10MB",),
    ),
    "number too large": (
        SITE + "challenge: {pow_bits: 64}\n",
        ("2:23: challenge.pow_bits: must be at most 24",),
    ),
    "number as text": (
        SITE + "limits: {max_headers: '100'}\n",
        ("2:23: limits.max_headers: must be a whole number",),
    ),
    "text as boolean": (
        SITE + "log: {hash_addresses: 'yes'}\n",
        ("2:23: log.hash_addresses: must be true or false",),
    ),
    "status that is no choice": (
        SITE + "challenge: {status: 404}\n",
        ("2:21: challenge.status: must be one of 200, 403, 429, 503; did you mean '403'?",),
    ),
    "no port": (
        SITE + "listen:\n  - address: 0.0.0.0\n",
        ("3:14: listen[0].address: must be host:port, for example 0.0.0.0:8080 or [::]:8080",),
    ),
    "port too large": (
        SITE + "listen:\n  - address: 0.0.0.0:99999\n",
        ("3:14: listen[0].address: must be host:port, for example 0.0.0.0:8080 or [::]:8080",),
    ),
    "bare IPv6 address": (
        SITE + "listen:\n  - address: '::1:8080'\n",
        ("3:14: listen[0].address: an IPv6 address stands in brackets: [::1]:8080",),
    ),
    "half a certificate": (
        SITE + "listen:\n  - address: 0.0.0.0:8443\n    tls: {certificate: a.crt}\n",
        ("4:10: listen[0].tls: certificate and key go together",),
    ),
    "upstream without scheme": (
        "sites:\n  - upstreams: [shop:8000]\n",
        ("2:17: sites[0].upstreams[0]: must look like http://10.0.0.5:8000 or https://origin.example.com",),
    ),
    "upstream with a path": (
        "sites:\n  - upstreams: [http://shop:8000/app]\n",
        ("2:17: sites[0].upstreams[0]: takes a scheme, a host and a port only: no path, query or password",),
    ),
    "upstream with a bad port": (
        "sites:\n  - upstreams: ['http://shop:port']\n",
        ("2:17: sites[0].upstreams[0]: must look like http://10.0.0.5:8000",),
    ),
    "host with a port": (
        "sites:\n  - hosts: ['a.example:80']\n    upstreams: [http://shop:8000]\n",
        ("2:13: sites[0].hosts[0]: takes no port; every listener serves every site",),
    ),
    "host with a scheme": (
        "sites:\n  - hosts: ['http://a.example']\n    upstreams: [http://shop:8000]\n",
        (
            '2:13: sites[0].hosts[0]: must be a host name without port, such as shop.example.com or "*.example.com"',
        ),
    ),
    "one host, two sites": (
        (
            "sites:\n  - {hosts: [a.example], upstreams: [http://x:1]}\n  - {hosts: [b.example, A.example], upstreams: [http://x:1]}\n"
        ),
        ("3:25: sites[1].hosts[1]: sites[0] has this host already",),
    ),
    "one name, two sites": (
        (
            "sites:\n  - {name: shop, hosts: [a.example], upstreams: [http://x:1]}\n  - {name: shop, hosts: [b.example], upstreams: [http://x:1]}\n"
        ),
        ("3:12: sites[1].name: sites[0] has this name already",),
    ),
    "network with host bits": (
        SITE + "trusted_proxies: [10.0.0.1/8]\n",
        ("2:19: trusted_proxies[0]: has bits set beyond its mask; did you mean '10.0.0.0/8'?",),
    ),
    "not a network": (
        SITE + "networks: {partners: [10.0.0.0/8, office]}\n",
        ("2:35: networks.partners[1]: must be a network such as 10.0.0.0/8 or 2001:db8::/32",),
    ),
    "capital network name": (
        SITE + "networks: {Partners: []}\n",
        ("2:12: networks.Partners: must be lower-case letters, digits and _, beginning with a letter",),
    ),
    "not a header name": (
        SITE + "client_address_header: 'X Forwarded'\n",
        ("2:24: client_address_header: must be a header name",),
    ),
    "bands out of order": (
        SITE + "bands: {low: 80}\n",
        ("2:8: bands: the bounds must rise: trusted, low, elevated, high",),
    ),
    "unknown evidence": (
        SITE + "evidence: {honeypots: 3}\n",
        ("2:12: evidence.honeypots: there is no such evidence; did you mean 'honeypot'?",),
    ),
    "weight beyond all bounds": (
        SITE + "evidence: {honeypot: 300}\n",
        ("2:22: evidence.honeypot: must be at most 20",),
    ),
    "route without slash": (
        SITE + "routes:\n  product: {match: [product/*]}\n",
        ('3:21: routes.product.match[0]: a pattern begins with "/" or with "*."',),
    ),
    "route with half a segment": (
        SITE + "routes:\n  product: {match: ['/product*']}\n",
        ('3:21: routes.product.match[0]: "*" stands for a whole segment: "/product/*", not "/product*"',),
    ),
    "route with a query": (
        SITE + "routes:\n  search: {match: ['/search?q=*']}\n",
        ("3:20: routes.search.match[0]: patterns match the path only; leave out everything from '?' or '#'",),
    ),
    "route without patterns": (
        SITE + "routes:\n  search: {match: []}\n",
        ("3:19: routes.search.match: must hold at least 1",),
    ),
    "no word on who is logged in": (
        "sites:\n  - upstreams: [http://x:1]\n    account: {}\n",
        ("3:14: sites[0].account: must name a cookie, a header or a response_header",),
    ),
    "two words on who is logged in": (
        (
            "trusted_proxies: [10.0.0.0/8]\nsites:\n  - upstreams: [http://x:1]\n"
            "    account: {cookie: login, header: X-Account}\n"
        ),
        ("4:14: sites[0].account: takes a header alone: with it, nothing else names accounts",),
    ),
    "misspelt account cookie": (
        "sites:\n  - upstreams: [http://x:1]\n    account: {cokie: login}\n",
        ("3:15: sites[0].account.cokie: unknown key; did you mean 'cookie'?",),
    ),
    "not a cookie name": (
        "sites:\n  - upstreams: [http://x:1]\n    account: {cookie: my login}\n",
        ("3:23: sites[0].account.cookie: must be a cookie name",),
    ),
    "our own cookie as account": (
        "sites:\n  - upstreams: [http://x:1]\n    account: {cookie: stile_session}\n",
        ("3:23: sites[0].account.cookie: must be a cookie of the storefront, and this one is Stile's own",),
    ),
    "our own header as account": (
        "sites:\n  - upstreams: [http://x:1]\n    account: {response_header: X-Stile-Account}\n",
        ("3:32: sites[0].account.response_header: must be a header of yours, and this one is Stile's own",),
    ),
    "a header that answers need as account": (
        "sites:\n  - upstreams: [http://x:1]\n    account: {response_header: Set-Cookie}\n",
        (
            "3:32: sites[0].account.response_header: must be a header of its own, and this one has another meaning",
        ),
    ),
    "account header that nobody may set": (
        "sites:\n  - upstreams: [http://x:1]\n    account: {header: X-Account}\n",
        ("3:23: sites[0].account.header: is taken only from trusted_proxies, and there are none",),
    ),
    "redis url": (
        SITE + "state: {redis: 'reddis://cache'}\n",
        (
            "2:16: state.redis: must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://; did you mean 'redis://'?",
        ),
    ),
    "a password that breaks the address": (
        SITE + "state: {redis: 'redis://user:pass/word@cache'}\n",
        (
            "2:16: state.redis: must look like redis://cache:6379/0; in a password, write @ as %40, / as %2F and : as %3A",
        ),
    ),
    "sentinels without a service": (
        SITE + "state: {redis: 'redis+sentinel://one,two'}\n",
        (
            "2:16: state.redis: needs the name that the sentinels give the store: redis+sentinel://one:26379,two:26379/shop",
        ),
    ),
    "two passwords for one store": (
        SITE + "state: {redis: 'redis://:secret@cache', password_file: secret}\n",
        ("2:56: state.password_file: state.redis has a password already",),
    ),
    "a password for the private store": (
        SITE + "state: {password_file: secret}\n",
        ("2:24: state.password_file: goes with state.redis",),
    ),
    "certificates for a store without TLS": (
        SITE + "state: {redis: 'redis://cache', tls: {ca: ca.pem}}\n",
        ("2:38: state.tls: goes with a state.redis that begins with rediss",),
    ),
    "half a certificate for the store": (
        SITE + "state: {redis: 'rediss://cache', tls: {certificate: a.crt}}\n",
        ("2:39: state.tls: certificate and key go together",),
    ),
    "clients kept too short": (
        SITE + "state: {retention: 59m}\n",
        ("2:20: state.retention: must be at least 1h: shorter, and clients are forgotten in mid-visit",),
    ),
    "names that change too often": (
        SITE + "state: {hash_rotation: 10m}\n",
        ("2:24: state.hash_rotation: must be at least 1h: every change forgets all clients",),
    ),
    "missing import": (
        SITE + "policy: {import: [more.yaml]}\n",
        ("2:19: policy.import[0]: cannot read more.yaml: No such file or directory",),
    ),
    "unknown shipped import": (
        SITE + "policy: {import: [(stile)/defaults.yaml]}\n",
        ("2:19: policy.import[0]: no such file comes with Stile; did you mean '(stile)/default.yaml'?",),
    ),
    "unknown rule left out": (
        SITE + "policy: {without: [automation-tools]}\n",
        ("2:20: policy.without[0]: no imported rule has this name; did you mean 'automation-tool'?",),
    ),
    "not an OAT": (
        SITE + "policy:\n  rules:\n    - {name: one, when: 'true', action: block, oat: OAT-22}\n",
        ("4:53: policy.rules[0].oat: must be an OWASP automated threat, OAT-001 to OAT-021",),
    ),
    "model that is not there": (
        SITE + "model: {path: none.json}\n",
        ("2:15: model.path: cannot read none.json: No such file or directory",),
    ),
}
