"""TLS against real servers: whose certificate is trusted, which name it must have, who may come without one of its own."""

import datetime
import ipaddress
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from declarations.problem import Problem
from tests.connectors.http_kit import auth, source
from tests.connectors.source_kit import Reply

HOST = "statistics.example"
PASSWORD = "key-pass"
NOW = datetime.datetime.now(datetime.UTC)


class Office:
    """A certificate authority, for servers and for clients, that writes PEM files."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name, self._key = folder, name, ec.generate_private_key(ec.SECP256R1())
        self.file = folder / f"{name}.pem"
        subject = _named(name)
        builder = _dated(x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(self._key.public_key()))
        basic = x509.BasicConstraints(ca=True, path_length=None)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        own = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        certificate = (
            builder.add_extension(basic, True).add_extension(usage, True).add_extension(own, False).sign(self._key, hashes.SHA256())
        )
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *, hosts: tuple[str, ...] = (), password: str | None = None, days: int = 1) -> tuple[str, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = x509.CertificateBuilder().subject_name(_named(name)).issuer_name(_named(self._name)).public_key(key.public_key())
        names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts if not host[0].isdigit()]
        names += [x509.IPAddress(ipaddress.ip_address(host)) for host in hosts if host[0].isdigit()]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = _dated(builder, days).add_extension(issuer, False).sign(self._key, hashes.SHA256())
        lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
        files = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(pem)
        return str(files[0]), str(files[1])


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _dated(builder: x509.CertificateBuilder, days: int = 1) -> x509.CertificateBuilder:
    begin = NOW - datetime.timedelta(days=3)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(begin).not_valid_after(NOW + datetime.timedelta(days=days))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"), "office")


@pytest.fixture(scope="module")
def certificate(office: Office) -> tuple[str, str]:
    return office.issue("server", hosts=(HOST,))


@pytest.fixture
def secure(serve, certificate, monkeypatch):
    """Starts a TLS server for HOST, which leads to this machine. No pause is made between attempts."""
    monkeypatch.setattr("connectors.http.attempts.sleep", lambda seconds: None)
    monkeypatch.setattr("connectors.address.system_lookup", lambda host, port: ["127.0.0.1"])

    def start(clients: Path | None = None, chain: tuple[str, str] = certificate, names: list | None = None):
        server = serve(lambda r: Reply(b"ok"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*chain)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        if names is not None:
            context.sni_callback = lambda sock, name, ctx: names.append(name)
        server.wrap(context)
        return server

    return start


def get(server, how=None, **extra):
    extra = {"scheme": "https", **extra}
    with source(server.port, how, host=extra.pop("host", HOST), login="u", password="SECRET", extra=extra) as http:
        return http.get("/items", {}, "*/*").content


def test_the_certificate_is_checked_by_name_though_an_address_is_connected_to(secure, office):
    names = []
    server = secure(names=names)
    assert get(server, auth("basic"), verify=str(office.file)) == b"ok"
    assert names == [HOST]
    assert server.requests[0].headers["host"] == f"{HOST}:{server.port}"


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({}, "not trusted.*'verify'"),
        ({"host": "other.example", "verify": "OFFICE"}, "certificate for another host"),
        ({"verify": "/no/such/file"}, "TLS file cannot be read.*'verify'"),
    ],
)
def test_an_untrusted_source_is_not_spoken_to(secure, office, extra, says):
    server = secure()
    with pytest.raises(Problem, match=says) as caught:
        get(server, auth("basic"), **{k: str(office.file) if v == "OFFICE" else v for k, v in extra.items()})
    assert server.requests == []
    assert "SECRET" not in str(caught.value)


def test_an_expired_certificate_is_told(secure, office):
    server = secure(chain=office.issue("old", hosts=(HOST,), days=-1))
    with pytest.raises(Problem, match="has expired"):
        get(server, verify=str(office.file))


def test_a_source_without_tls_is_told(serve, monkeypatch):
    monkeypatch.setattr("connectors.address.system_lookup", lambda host, port: ["127.0.0.1"])
    with pytest.raises(Problem, match=r'speaks no TLS.*"scheme": "http"'):
        get(serve(lambda r: Reply(b"ok")))


def test_a_client_certificate_opens_the_door(secure, office):
    crt, key = office.issue("client")
    server = secure(clients=office.file)
    extra = {"verify": str(office.file), "client_cert": crt, "client_key": key}
    assert get(server, auth("mutual_tls"), **extra) == b"ok"
    assert "authorization" not in server.requests[0].headers
    assert get(server, auth("basic"), **extra) == b"ok"
    assert server.requests[1].headers["authorization"].startswith("Basic ")


def test_the_client_key_may_have_a_password(secure, office):
    crt, key = office.issue("locked", password=PASSWORD)
    server = secure(clients=office.file)
    extra = {"verify": str(office.file), "client_cert": crt, "client_key": key}
    assert get(server, auth("mutual_tls"), client_key_password=PASSWORD, **extra) == b"ok"
    with pytest.raises(Problem, match="correct client_key and client_key_password") as caught:
        get(server, auth("mutual_tls"), client_key_password="wrong-pass", **extra)
    assert "wrong-pass" not in str(caught.value)
    with pytest.raises(Problem, match="client_key has a password"):
        get(server, auth("mutual_tls"), **extra)


def test_without_a_client_certificate_the_door_stays_shut(secure, office):
    server = secure(clients=office.file)
    with pytest.raises(Problem, match="client certificate"):
        get(server, auth("none"), verify=str(office.file))
    assert server.requests == []


def test_a_client_certificate_of_another_office_is_told(secure, office, tmp_path):
    crt, key = Office(tmp_path, "stranger").issue("nobody")
    server = secure(clients=office.file)
    with pytest.raises(Problem, match="client certificate"):
        get(server, auth("mutual_tls"), verify=str(office.file), client_cert=crt, client_key=key)
    assert server.requests == []


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({}, "'auth: mutual_tls' needs.*\"client_cert\""),
        ({"client_cert": "/no/crt"}, '"client_key"'),
        ({"client_cert": "/no/crt", "client_key": "/no/key"}, "TLS file cannot be read"),
        ({"scheme": "http"}, "not spoken to over TLS"),
    ],
)
def test_what_mutual_tls_lacks_is_told(secure, extra, says):
    with pytest.raises(Problem, match=says):
        get(secure(), auth("mutual_tls"), **extra)


def test_a_redirect_from_plain_to_tls_says_what_to_write(serve):
    with socket.create_server(("127.0.0.1", 0)) as other:
        there = f"https://127.0.0.1:{other.getsockname()[1]}/items"
        server = serve(lambda r: Reply(status=301, headers={"Location": there}))
        with source(server.port) as http, pytest.raises(Problem, match=r'sends us on to https.*"scheme": "https"'):
            http.get("/items", {}, "*/*")
