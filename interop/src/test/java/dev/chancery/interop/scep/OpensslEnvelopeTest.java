package dev.chancery.interop.scep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.interop.Program;
import dev.chancery.interop.Requirement;
import dev.chancery.interop.scep.RawMessage.Device;
import dev.chancery.pki.Der;
import dev.chancery.pki.cms.ContentCipher;
import dev.chancery.pki.cms.DigestAlgorithm;
import dev.chancery.pki.cms.Envelope;
import dev.chancery.pki.cms.Recipient;
import dev.chancery.pki.cms.SignedMessage;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `openssl cms` opens what we seal, and we open what it seals.
class OpensslEnvelopeTest {
  private static final byte[] CONTENT = "content".getBytes(StandardCharsets.UTF_8);
  private static final String PASSWORD = "id:s3cret";

  @BeforeAll
  static void need() {
    Program.need("openssl");
  }

  @ParameterizedTest
  @EnumSource(
      value = ContentCipher.class,
      names = {"AES_128", "AES_192", "AES_256", "DES_EDE3"})
  @Requirement({"SCEP-055", "SCEP-140", "SCEP-142", "SCEP-144"})
  void opensslOpensOneEnvelopeInEveryWayItIsSealed(ContentCipher cipher, @TempDir Path folder)
      throws IOException {
    Device rsa = device(folder, "rsa", KeyType.RSA_2048);
    Device ec = device(folder, "ec", KeyType.P_256);
    Files.write(
        folder.resolve("sealed"),
        Envelope.seal(
            CONTENT,
            cipher,
            List.of(
                new Recipient.KeyTransport(rsa.signer().certificate()),
                new Recipient.KeyAgreement(ec.signer().certificate()),
                new Recipient.Password(Der.of(PASSWORD.getBytes(StandardCharsets.UTF_8))))));

    for (List<String> way :
        List.of(
            List.of("-recip", "rsa.pem", "-inkey", "rsa.key"),
            List.of("-recip", "ec.pem", "-inkey", "ec.key"),
            List.of("-pwri_password", PASSWORD))) {
      assertThat(openssl(folder, "-decrypt", way).output().toByteArray())
          .as(way.toString())
          .isEqualTo(CONTENT);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-aes128", "-aes192", "-aes256", "-des3"})
  @Requirement({"SCEP-054", "SCEP-142"})
  void weOpenWhatOpensslSeals(String cipher, @TempDir Path folder) throws IOException {
    Device rsa = device(folder, "rsa", KeyType.RSA_2048);
    Device ec = device(folder, "ec", KeyType.P_384);
    Files.write(folder.resolve("sealed"), CONTENT);

    byte[] toRsa =
        openssl(folder, "-encrypt", List.of("-binary", cipher, "rsa.pem")).output().toByteArray();
    byte[] toKeyIdentifier =
        openssl(folder, "-encrypt", List.of("-binary", "-keyid", cipher, "rsa.pem"))
            .output()
            .toByteArray();
    byte[] oaep =
        openssl(
                folder,
                "-encrypt",
                List.of("-binary", cipher, "-recip", "rsa.pem", "-keyopt", "rsa_padding_mode:oaep"))
            .output()
            .toByteArray();
    byte[] oaepSha256 =
        openssl(
                folder,
                "-encrypt",
                List.of(
                    "-binary",
                    cipher,
                    "-recip",
                    "rsa.pem",
                    "-keyopt",
                    "rsa_padding_mode:oaep",
                    "-keyopt",
                    "rsa_oaep_md:sha256",
                    "-keyopt",
                    "rsa_mgf1_md:sha256"))
            .output()
            .toByteArray();
    byte[] byPassword =
        openssl(folder, "-encrypt", List.of("-binary", cipher, "-pwri_password", PASSWORD))
            .output()
            .toByteArray();
    byte[] toEc =
        openssl(
                folder,
                "-encrypt",
                List.of(
                    "-binary",
                    cipher,
                    "-recip",
                    "ec.pem",
                    "-keyopt",
                    "ecdh_kdf_md:sha256",
                    "-aes128-wrap"))
            .output()
            .toByteArray();
    byte[] streamed =
        openssl(folder, "-encrypt", List.of("-binary", "-stream", cipher, "rsa.pem"))
            .output()
            .toByteArray();

    for (byte[] sealed : List.of(toRsa, toKeyIdentifier, oaep, oaepSha256, streamed)) {
      assertThat(Envelope.parse(sealed).open(rsa.signer())).isEqualTo(CONTENT);
    }
    assertThat(Envelope.parse(toEc).open(ec.signer())).isEqualTo(CONTENT);
    assertThat(
            Envelope.parse(byPassword).openWithPassword(PASSWORD.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(CONTENT);
  }

  @Test
  @Requirement({"SCEP-050", "SCEP-055"})
  void opensslVerifiesWhatWeSign(@TempDir Path folder) throws IOException {
    for (KeyType type : List.of(KeyType.RSA_2048, KeyType.P_256)) {
      Device device = device(folder, "signer", type);
      Files.write(
          folder.resolve("sealed"),
          SignedMessage.sign(
              device.signer(),
              DigestAlgorithm.SHA_256,
              Optional.of(Der.of(CONTENT)),
              List.of(),
              List.of()));

      Program.Result verified =
          openssl(folder, "-verify", List.of("-noverify", "-binary", "-inform", "DER"));

      assertThat(verified.output().toByteArray()).isEqualTo(CONTENT);
    }
  }

  private static Device device(Path folder, String name, KeyType type) throws IOException {
    Device device = Device.of(type, "CN=" + name);
    Files.writeString(folder.resolve(name + ".pem"), device.signer().certificate().toPem());
    Files.writeString(folder.resolve(name + ".key"), KeyPairs.toPem(device.keyPair().getPrivate()));
    return device;
  }

  private static Program.Result openssl(Path folder, String what, List<String> options) {
    List<String> command =
        new java.util.ArrayList<>(List.of("openssl", "cms", what, "-in", "sealed"));
    switch (what) {
      case "-decrypt" -> command.addAll(List.of("-inform", "DER", "-binary"));
      case "-encrypt" -> command.addAll(List.of("-outform", "DER"));
      default -> {
        // Its options say it all.
      }
    }
    command.addAll(options);
    return Program.run(folder, new byte[0], command).succeeded();
  }
}
