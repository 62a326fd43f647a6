package dev.chancery.authority.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.name.SubjectNames;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// SCEP-163: what a credential is bound to beside names and key.
class BindingTest {
  @ParameterizedTest
  @CsvSource({
    "10.1.0.0/16, 10.1.255.255, true",
    "10.1.0.0/16, 10.2.0.0, false",
    "10.1.0.0/16, ::ffff:10.1.2.3, true",
    "10.1.2.3, 10.1.2.3, true",
    "10.1.2.3, 10.1.2.4, false",
    "0.0.0.0/0, 192.0.2.1, true",
    "0.0.0.0/0, ::1, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "fe80::/10, fe80::1%eth0, true",
    "10.0.0.0/8, local, false",
    "10.0.0.0/8, 10, false",
    "10.0.0.0/8, 10.example, false"
  })
  void aNetworkHoldsItsAddresses(String network, String address, boolean inside) {
    assertThat(new Network(network).contains(address)).isEqualTo(inside);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.1/8",
        "2001:db8::/129",
        "10.0.0/24",
        "256.0.0.0/8",
        "example.org",
        "10.0.0.0/8/8",
        ":::/1"
      })
  void whatIsNoNetworkIsRefused(String text) {
    assertThatExceptionOfType(MalformedException.class).isThrownBy(() -> new Network(text));
  }

  @Test
  void aDeviceIsNamedByAWholeValueAndNotByAPartOfOne() {
    Binding binding = new Binding(List.of("C02X", "host.example"), List.of());

    assertThat(binding.isFor(names("serialNumber=c02x"))).isTrue();
    assertThat(binding.isFor(names("CN=any", "dns:host.example"))).isTrue();
    assertThat(binding.isFor(names("CN=C02X-2"))).isFalse();
    assertThat(binding.isFor(names("O=C02X,CN=other"))).isFalse();
    assertThat(binding.isFor(names("CN=any", "dns:other.example"))).isFalse();
    assertThat(Binding.NONE.isFor(names("CN=anybody"))).isTrue();
    assertThat(Binding.NONE.isFrom("local")).isTrue();
  }

  private static SubjectNames names(String subject, String... alternatives) {
    return SubjectNames.parse(subject, List.of(alternatives));
  }
}
