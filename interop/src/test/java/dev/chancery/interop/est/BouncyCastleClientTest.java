package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Installation;
import dev.chancery.interop.Requirement;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.est.ESTAuth;
import org.bouncycastle.est.EnrollmentResponse;
import org.bouncycastle.est.jcajce.JcaHttpAuthBuilder;
import org.bouncycastle.est.jcajce.JsseESTServiceBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// BouncyCastle's EST client, which needs Content-Transfer-Encoding and empty bodies on 401 and
/// 202.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Requirement({"EST-044", "EST-126"})
class BouncyCastleClientTest {
  private Path folder;
  private Installation chancery;

  @BeforeAll
  void start(@TempDir Path temporary) {
    folder = temporary;
    chancery =
        Installation.start(
            folder,
            """
            profiles:
              device: {}
              guarded: {approval: manual, retry-after: 1s}
            est:
              endpoints:
                - {label: "", issuer: issuing, profile: device}
                - {label: guarded, issuer: issuing, profile: guarded}
                - {label: keys, server-keys: {delivery: plain}}
            """);
  }

  @AfterAll
  void stop() {
    chancery.close();
  }

  @Test
  void itFetchesTheCaCertificates() throws Exception {
    var response = service("").build().getCACerts();

    assertThat(response.hasCertificates()).isTrue();
    assertThat(response.getCertificateStore().getMatches(null)).hasSize(2);
  }

  @Test
  void itEnrolsWithBasicAuthenticationAfterTheChallenge() throws Exception {
    var credential = chancery.credential("CN=bouncy");
    var made = Installation.request("CN=bouncy");

    EnrollmentResponse response =
        service("")
            .build()
            .simpleEnroll(
                false,
                new PKCS10CertificationRequest(made.request().der().toByteArray()),
                basic(credential.credential().id(), credential.secret()));

    X509CertificateHolder certificate = response.getStore().getMatches(null).iterator().next();
    assertThat(certificate.getSubject()).hasToString("CN=bouncy");
  }

  @Test
  void itRenewsWithItsCertificate() throws Exception {
    var device = chancery.device("CN=bouncy-2");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "client",
        device.keyPair().getPrivate(),
        new char[0],
        new X509Certificate[] {device.chain().getFirst().toX509()});
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);

    EnrollmentResponse response =
        service("")
            .withKeyManagers(keys.getKeyManagers())
            .build()
            .simpleEnroll(
                true,
                new PKCS10CertificationRequest(
                    Installation.request("CN=bouncy-2").request().der().toByteArray()),
                null);

    assertThat(response.getStore().getMatches(null)).hasSize(1);
  }

  @Test
  @Requirement("EST-122")
  void itUnderstandsThatItHasToWait() throws Exception {
    var credential = chancery.credential("guarded", 1, "CN=bouncy-3");
    long asked = System.currentTimeMillis();

    EnrollmentResponse response =
        service("guarded")
            .build()
            .simpleEnroll(
                false,
                new PKCS10CertificationRequest(
                    Installation.request("CN=bouncy-3").request().der().toByteArray()),
                basic(credential.credential().id(), credential.secret()));

    assertThat(response.isCompleted()).isFalse();
    assertThat(response.getNotBefore()).isBetween(asked + 1000, System.currentTimeMillis() + 1000);
  }

  @Test
  @Requirement({"EST-163", "EST-164"})
  void itLetsTheServerMakeItsKey() throws Exception {
    var credential = chancery.credential("CN=bouncy-4");

    EnrollmentResponse response =
        service("keys")
            .build()
            .simpleEnrollWithServersideCreation(
                new PKCS10CertificationRequest(
                    Installation.request("CN=bouncy-4").request().der().toByteArray()),
                basic(credential.credential().id(), credential.secret()));

    X509CertificateHolder certificate = response.getStore().getMatches(null).iterator().next();
    assertThat(
            KeyPairs.belongTogether(
                KeyPairs.privateKeyOf(response.getPrivateKeyInfo().getEncoded()),
                SubjectPublicKeyInfo.of(certificate.getSubjectPublicKeyInfo())))
        .isTrue();
  }

  private JsseESTServiceBuilder service(String label) throws Exception {
    String host = "localhost:" + chancery.server().tlsPort();
    var builder = new JsseESTServiceBuilder(host, trusting());
    if (!label.isEmpty()) {
      builder.withLabel(label);
    }
    builder.addCipherSuites(
        new String[] {"TLS_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"});
    return builder;
  }

  private X509TrustManager trusting() throws Exception {
    KeyStore anchors = KeyStore.getInstance("PKCS12");
    anchors.load(null, null);
    anchors.setCertificateEntry("root", chancery.server().root().toX509());
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(anchors);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }

  private static ESTAuth basic(String id, String secret) throws Exception {
    return new JcaHttpAuthBuilder(null, id, secret.toCharArray()).build();
  }
}
