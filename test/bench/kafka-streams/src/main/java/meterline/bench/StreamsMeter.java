package meterline.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.Stores;

/**
 * What meter does, as Kafka Streams does it: usage.events without duplicates, attributed and rated, exactly once (v2), in
 * one stream thread. What it leaves out is in its favour, and is listed where the figures are.
 *
 * Arguments: brokers, application id, input topic, output topic, schema id of the output, state folder, file of keys, file of
 * rates, file to make when it runs.
 */
public final class StreamsMeter {
  private static final String SEEN = "seen";
  private static final int MIB = 1024 * 1024;

  public static void main(String[] args) throws Exception {
    var payers = Payers.read(Path.of(args[6]));
    var rates = Rates.read(Path.of(args[7]));
    var streams = new KafkaStreams(
        topology(args[2], args[3], new MeterEvent.Knowledge(payers, rates, Integer.parseInt(args[4]))),
        settings(args[0], args[1], args[5]));
    var ended = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) touch(Path.of(args[8]));
      if (now == KafkaStreams.State.ERROR || now == KafkaStreams.State.NOT_RUNNING) ended.countDown();
    });
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
    ended.await();
  }

  private static Topology topology(String input, String output, MeterEvent.Knowledge knowledge) {
    var bytes = Serdes.ByteArray();
    // In memory, which is faster here than RocksDB, and logged: a restart restores it from its changelog.
    var seen = Stores
        .keyValueStoreBuilder(Stores.inMemoryKeyValueStore(SEEN), bytes, bytes)
        .withCachingDisabled()
        .withLoggingEnabled(Map.of("max.message.bytes", String.valueOf(16 * MIB)));
    return new Topology()
        .addSource("usage-events", bytes.deserializer(), bytes.deserializer(), input)
        .addProcessor("drop-duplicates", () -> new DropDuplicates(SEEN), "usage-events")
        .addStateStore(seen, "drop-duplicates")
        .addProcessor("attribute-and-rate", () -> new MeterEvent(knowledge), "drop-duplicates")
        .addSink("usage-metered", output, bytes.serializer(), bytes.serializer(), "attribute-and-rate");
  }

  private static Properties settings(String brokers, String applicationId, String stateDir) {
    var settings = new HashMap<String, Object>();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, stateDir);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    // As often as meter commits, which is also Kafka Streams' own choice with exactly-once.
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.METRICS_RECORDING_LEVEL_CONFIG, "INFO");
    // Larger than the defaults, which are made for latency: all in its favour.
    settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000);
    settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 * MIB);
    settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), MIB / 4);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 64 * MIB);
    var properties = new Properties();
    properties.putAll(settings);
    return properties;
  }

  private static void touch(Path file) {
    try {
      Files.writeString(file, "");
    } catch (java.io.IOException error) {
      throw new java.io.UncheckedIOException(error);
    }
  }
}
