package meterline.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import meterline.UsageEvent;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Lets the first of each (api_key_id, request_id) pass. Left out: nothing is ever forgotten, so no purging is paid for. */
final class DropDuplicates implements Processor<byte[], byte[], byte[], UsageEvent> {
  private static final int FRAME_BYTES = 5;

  private final String storeName;
  private final SpecificDatumReader<UsageEvent> reader = new SpecificDatumReader<>(UsageEvent.class);
  private BinaryDecoder decoder;
  private ProcessorContext<byte[], UsageEvent> context;
  private KeyValueStore<byte[], byte[]> seen;

  DropDuplicates(String storeName) {
    this.storeName = storeName;
  }

  @Override
  public void init(ProcessorContext<byte[], UsageEvent> context) {
    this.context = context;
    this.seen = context.getStateStore(storeName);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    var event = decode(record.value());
    var key = keyOf(event);
    if (seen.get(key) != null) return;
    seen.put(key, ByteBuffer.allocate(Long.BYTES).putLong(record.timestamp()).array());
    context.forward(record.withValue(event));
  }

  private UsageEvent decode(byte[] value) {
    try {
      decoder = DecoderFactory.get().binaryDecoder(value, FRAME_BYTES, value.length - FRAME_BYTES, decoder);
      return reader.read(null, decoder);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static byte[] keyOf(UsageEvent event) {
    var request = event.getRequestId();
    var apiKey = event.getApiKeyId();
    var key = Arrays.copyOf(request.getBytes(), request.getByteLength() + apiKey.getByteLength());
    System.arraycopy(apiKey.getBytes(), 0, key, request.getByteLength(), apiKey.getByteLength());
    return key;
  }
}
