package dev.chancery.authority.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.Der;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretBoxTest {
  private static final byte[] SECRET = "hunter2".getBytes(StandardCharsets.UTF_8);
  private static final SecretBox BOX = new SecretBox(key(1));
  private static final Der SEALED = BOX.seal("shop-floor", SECRET);

  @Test
  void whatIsSealedOpens() {
    assertThat(BOX.open("shop-floor", SEALED)).isEqualTo(SECRET);
    assertThat(BOX.open("shop-floor", BOX.seal("shop-floor", new byte[0]))).isEmpty();
  }

  @ParameterizedTest(name = "\"{0}\"")
  @ValueSource(strings = {"", "shop-floo", "shop-floor2", "SHOP-FLOOR"})
  void whatWasSealedForAnotherCredentialDoesNotOpen(String id) {
    assertThatThrownBy(() -> BOX.open(id, SEALED)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatWasSealedUnderAnotherKeyDoesNotOpen() {
    SecretBox other = new SecretBox(key(2));

    assertThatThrownBy(() -> other.open("shop-floor", SEALED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("secrets.key");
  }

  static IntStream everyByte() {
    return IntStream.range(0, SEALED.length());
  }

  @ParameterizedTest(name = "byte {0}")
  @MethodSource("everyByte")
  void aChangedByteIsNoticed(int index) {
    byte[] changed = SEALED.toByteArray();
    changed[index] ^= 1;

    assertThatThrownBy(() -> BOX.open("shop-floor", Der.of(changed)))
        .isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest(name = "the first {0} bytes")
  @MethodSource("everyByte")
  void aSecretThatIsCutShortDoesNotOpen(int length) {
    Der cut = Der.of(Arrays.copyOf(SEALED.toByteArray(), length));

    assertThatThrownBy(() -> BOX.open("shop-floor", cut)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theSameSecretIsSealedDifferentlyEachTime() {
    assertThat(BOX.seal("shop-floor", SECRET)).isNotEqualTo(SEALED);
  }

  @Test
  void theKeyIsCopied() {
    byte[] key = key(3);
    SecretBox box = new SecretBox(key);
    Der sealed = box.seal("a", SECRET);

    Arrays.fill(key, (byte) 0);

    assertThat(box.open("a", sealed)).isEqualTo(SECRET);
  }

  @ParameterizedTest(name = "{0} bytes")
  @ValueSource(ints = {0, 16, 31, 33})
  void aKeyOfAnotherLengthIsRefused(int length) {
    assertThatThrownBy(() -> new SecretBox(new byte[length]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static byte[] key(int fill) {
    byte[] key = new byte[SecretBox.KEY_BYTES];
    Arrays.fill(key, (byte) fill);
    return key;
  }
}
