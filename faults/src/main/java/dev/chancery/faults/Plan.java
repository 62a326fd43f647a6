package dev.chancery.faults;

import dev.chancery.authority.fault.FaultPoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Everything about a round that the seed decides.
///
/// @param point where it strikes, for the harms that strike at a point
/// @param count when the point is reached for the how-many-th time
/// @param afterAnswers when so many devices have got an answer, for the harms that strike then
/// @param devices with a credential of their own
/// @param uses of the credential that several share
/// @param sharers who share it
/// @param serverKeys devices that let the server make their key
/// @param renewals at most
/// @param twins requests that are sent twice at the same time
/// @param concurrency how many requests are under way at the same time
/// @param length of a pause
/// @param back how far the clock is set back
/// @param bytesLeft on the full disk
/// @param again whether it strikes a second time on the way back, where there is a way to
/// @param startMillis after how long starts are killed
record Plan(
    Harm harm,
    FaultPoint point,
    int count,
    int afterAnswers,
    int devices,
    int uses,
    int sharers,
    int serverKeys,
    int renewals,
    int twins,
    int concurrency,
    Duration length,
    Duration back,
    long bytesLeft,
    boolean again,
    List<Integer> startMillis,
    long mannersSeed) {
  private static final List<Duration> BACK =
      List.of(
          Duration.ofSeconds(2),
          Duration.ofSeconds(70),
          Duration.ofMinutes(30),
          Duration.ofHours(5),
          Duration.ofDays(3));

  /// One pause in so many is longer than the server's patience with its disk.
  private static final int LONG_PAUSES = 12;

  private static final Duration LONG_PAUSE = Duration.ofSeconds(31);

  /// @param quick leaves out what takes long
  static Plan draw(Harm harm, RandomGenerator random, boolean quick) {
    List<FaultPoint> points = new ArrayList<>(List.of(FaultPoint.values()));
    points.remove(FaultPoint.CHECKPOINT_STORED);
    FaultPoint point = points.get(random.nextInt(points.size()));
    boolean contention = harm == Harm.CONTENTION;
    int uses = contention ? 1 + random.nextInt(5) : 2 + random.nextInt(3);
    int sharers = contention ? 100 : uses + 2 + random.nextInt(4);
    boolean lasts = random.nextInt(LONG_PAUSES) == 0 && !quick;
    Duration length = lasts ? LONG_PAUSE : Duration.ofMillis(100 + random.nextInt(1_500));
    List<Integer> startMillis = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(2); i++) {
      startMillis.add(50 + random.nextInt(1_000));
    }
    return new Plan(
        harm,
        point,
        1 + random.nextInt(mostTimes(point)),
        1 + random.nextInt(12),
        6 + random.nextInt(9),
        uses,
        sharers,
        2 + random.nextInt(3),
        3 + random.nextInt(4),
        random.nextInt(4),
        contention ? 100 : 3 + random.nextInt(14),
        length,
        BACK.get(random.nextInt(BACK.size())),
        random.nextInt(3) == 0 ? 0 : random.nextInt(300_000),
        random.nextBoolean(),
        startMillis,
        random.nextLong());
  }

  /// A round with few devices reaches the steps of a batch less often than those of a request.
  private static int mostTimes(FaultPoint point) {
    return switch (point) {
      case BEFORE_POLICY, AFTER_POLICY, SIGNED, IN_BATCH, BEFORE_ANSWER -> 16;
      case BATCH_BEGUN, BEFORE_COMMIT, COMMITTED -> 5;
      case KEY_MADE -> 2;
      case CHECKPOINT_STORED -> 1;
    };
  }
}
