package dev.chancery.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.configuration.ConfigurationException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that are damaged at random: each is either sound or told what is wrong with it, and
/// nothing else happens.
final class DamagedConfigurationTest {
  private static final String SOUND =
      """
      state-folder: state
      limits: {concurrent: 8, first-delay: 5s}
      endpoints:
        ca: {url: 'https://ca.example', anchors-file: anchors.pem}
      certificates:
        - name: web
          endpoint: ca
          subject: CN=web
          alternatives: ['dns:web.example']
          key: {type: rsa-3072, renewal: keep}
          renew: {before: 25%, jitter: 0.1}
          store: {folder: web, formats: [pem, combined], mode: 640}
          hooks: {after: [systemctl, reload, nginx], environment: [A=b]}
      """;
  private static final String PIECES = "{}[]:,-'\"# \n\t%&*!|>?@`0aZ\u0000\u00e9";
  private static final int FILES_PER_SEED = 300;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aDamagedFileIsToldWhatIsWrong(long seed) {
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < FILES_PER_SEED; i++) {
      String damaged = damaged(random);
      try {
        assertThat(AgentConfiguration.parse(damaged, Path.of("/")).certificates())
            .hasSizeLessThanOrEqualTo(1);
      } catch (ConfigurationException e) {
        refused++;
        assertThat(e.problems()).as(damaged).isNotEmpty();
        assertThat(e.problems()).allSatisfy(problem -> assertThat(problem.what()).isNotBlank());
      }
    }
    assertThat(refused).isGreaterThan(FILES_PER_SEED / 4);
  }

  private static String damaged(Random random) {
    StringBuilder text = new StringBuilder(SOUND);
    for (int i = 0; i <= random.nextInt(3); i++) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(3)) {
        case 0 -> text.setCharAt(at, PIECES.charAt(random.nextInt(PIECES.length())));
        case 1 -> text.insert(at, PIECES.charAt(random.nextInt(PIECES.length())));
        default -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(20)));
      }
    }
    return text.toString();
  }
}
