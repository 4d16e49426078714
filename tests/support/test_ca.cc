#include <torchhub/tests/support/test_ca.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace torchhub::tests {
namespace {

constexpr long kDay = 24 * 60 * 60;
constexpr long kHour = 60 * 60;

bssl::UniquePtr<EVP_PKEY> make_key() {
  bssl::UniquePtr<EC_KEY> curve(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (!EC_KEY_generate_key(curve.get()) || !EVP_PKEY_set1_EC_KEY(key.get(), curve.get()))
    throw std::runtime_error("no key");
  return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  bssl::UniquePtr<X509_EXTENSION> extension(
      X509V3_EXT_nconf_nid(nullptr, &context, nid, const_cast<char*>(value.c_str())));
  if (!extension || !X509_add_ext(certificate, extension.get(), -1))
    throw std::runtime_error("no extension " + value);
}

// The serial number is part of the name: two authorities of one name would be taken for each other.
bssl::UniquePtr<X509> make_certificate(const char* purpose, EVP_PKEY* key) {
  bssl::UniquePtr<X509> certificate(X509_new());
  std::uint32_t serial = 0;
  RAND_bytes(reinterpret_cast<std::uint8_t*>(&serial), sizeof serial);
  const std::string name = std::string(purpose) + ' ' + std::to_string(serial);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const std::uint8_t*>(name.c_str()), -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

template <class Write>
std::string to_pem(Write write) {
  bssl::UniquePtr<BIO> memory(BIO_new(BIO_s_mem()));
  const std::uint8_t* text = nullptr;
  std::size_t size = 0;
  if (!write(memory.get()) || !BIO_mem_contents(memory.get(), &text, &size))
    throw std::runtime_error("no PEM");
  return {reinterpret_cast<const char*>(text), size};
}

std::string to_pem(X509* certificate) {
  return to_pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

}  // namespace

ServerCertificate make_server_certificate(const std::string& alternative_names) {
  const bssl::UniquePtr<EVP_PKEY> authority_key = make_key();
  const bssl::UniquePtr<X509> authority =
      make_certificate("torchhub test authority", authority_key.get());
  X509_set_issuer_name(authority.get(), X509_get_subject_name(authority.get()));
  add_extension(authority.get(), authority.get(), NID_basic_constraints, "critical,CA:TRUE");
  // Python 3.13 and later insist on it.
  add_extension(authority.get(), authority.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  X509_sign(authority.get(), authority_key.get(), EVP_sha256());

  const bssl::UniquePtr<EVP_PKEY> key = make_key();
  const bssl::UniquePtr<X509> certificate = make_certificate("torchhub test server", key.get());
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority.get()));
  add_extension(certificate.get(), authority.get(), NID_subject_alt_name, alternative_names);
  X509_sign(certificate.get(), authority_key.get(), EVP_sha256());

  return {to_pem(authority.get()), to_pem(certificate.get()), to_pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace torchhub::tests
