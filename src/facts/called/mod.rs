//! The names that a setting tells a program to call: URLs, `host:port`, and hosts where the setting's own name says that it is one.
//!
//! Nothing says which of a program's settings it calls. What is found here is what a person would take for it: rather one less than a word
//! that is no host.

mod key;
mod text;

use std::fmt;

use key::Key;
pub use key::sibling_port;

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Called {
    /// `http` or `https`, where HTTP is spoken.
    pub scheme: Option<&'static str>,
    /// As it is written, without a port.
    pub host: String,
    /// Where it is known.
    pub port: Option<u16>,
}

impl fmt::Display for Called {
    /// As a TARGET.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = self.scheme {
            write!(f, "{scheme}://")?;
        }
        f.write_str(&self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// What the value of a setting tells to call.
pub fn in_value(key: Option<&str>, value: &str) -> Vec<Called> {
    let key = key.map_or(Key::Any, Key::of);
    if key == Key::Own {
        return Vec::new();
    }
    let (mut found, rest) = text::urls(value);
    for word in text::words(&rest) {
        found.extend(text::bare(word, key));
    }
    unique(found)
}

/// What a file tells to call: of the cluster alone, for files are full of links.
pub fn in_file(text: &str) -> Vec<Called> {
    let lines = text.lines().map(str::trim).filter(|l| !text::is_comment(l));
    let found = lines.flat_map(|line| match text::setting(line) {
        Some((key, value)) => in_value(Some(key), value),
        None => in_value(None, line),
    });
    unique(found.filter(text::is_of_the_cluster).collect())
}

/// A value of a `ConfigMap` with nothing left but what it tells to call, and the number of a port. Applying it twice changes nothing.
pub fn reduced(key: &str, value: &str) -> Option<String> {
    let trimmed = value.trim();
    if key::is_port(key) && trimmed.parse::<u16>().is_ok() {
        return Some(trimmed.to_owned());
    }
    let found = if value.contains('\n') {
        in_file(value)
    } else {
        in_value(Some(key), value)
    };
    let words: Vec<String> = found.iter().map(Called::as_url).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

impl Called {
    /// As a URL, which is one whatever the setting is called.
    fn as_url(&self) -> String {
        match self.scheme {
            Some(_) => self.to_string(),
            None => format!("{}{self}", text::PLAIN),
        }
    }
}

/// A value as other values hold it.
pub fn as_part(value: &str) -> &str {
    value.strip_prefix(text::PLAIN).unwrap_or(value)
}

fn unique(all: Vec<Called>) -> Vec<Called> {
    let mut unique: Vec<Called> = Vec::new();
    for one in all {
        if !unique.contains(&one) {
            unique.push(one);
        }
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(key: &str, value: &str) -> Vec<String> {
        let found = in_value(Some(key).filter(|k| !k.is_empty()), value);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_a_person_would_take_for_a_call() {
        for (key, value, expected) in [
            (
                "PRODUCT_URL",
                "http://product-service:8080/api?x=1",
                &["http://product-service:8080"][..],
            ),
            (
                "PRODUCT_URL",
                "https://product.shop.svc.cluster.local",
                &["https://product.shop.svc.cluster.local"],
            ),
            (
                "DSN",
                "postgres://user:p%40ss@db.data:6432/shop?sslmode=disable",
                &["db.data:6432"],
            ),
            ("DSN", "postgresql://db/shop", &["db:5432"]),
            ("JDBC", "jdbc:mysql://db:3307/shop", &["db:3307"]),
            ("REDIS", "redis://:secret@redis/0", &["redis:6379"]),
            (
                "MONGO",
                "mongodb://a:27017,b:27018/shop",
                &["a:27017", "b:27018"],
            ),
            (
                "KAFKA_BROKERS",
                "kafka-0.kafka:9092,kafka-1.kafka:9092",
                &["kafka-0.kafka:9092", "kafka-1.kafka:9092"],
            ),
            ("REDIS_HOST", "redis", &["redis"]),
            ("PGHOST", "db", &["db"]),
            ("REDIS_ADDR", "redis:6379", &["redis:6379"]),
            ("--upstream", "cart:80", &["cart:80"]),
            ("redisAddress", "redis:6379", &["redis:6379"]),
            ("spring.rabbitmq.host", "mq", &["mq"]),
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "otel-collector:4317",
                &["otel-collector:4317"],
            ),
            (
                "",
                "wget -q http://product-service:8080/health && echo ok",
                &["http://product-service:8080"],
            ),
            (
                "",
                "nc -z db.shop.svc.cluster.local:5432",
                &["db.shop.svc.cluster.local:5432"],
            ),
            (
                "GRPC_URL",
                "dns:///cart.shop.svc:50051",
                &["cart.shop.svc:50051"],
            ),
            (
                "WS",
                "wss://push.example.com/x",
                &["https://push.example.com"],
            ),
            (
                "HTTP_PROXY",
                "http://proxy.example.com:3128",
                &["http://proxy.example.com:3128"],
            ),
        ] {
            assert_eq!(found(key, value), expected, "{key}={value}");
        }
    }

    #[test]
    fn what_is_no_call() {
        for (key, value) in [
            ("LISTEN_ADDR", "frontend:8080"),
            ("BIND_ADDRESS", "0.0.0.0:8080"),
            ("HTTP_ADDR", ":8080"),
            ("SERVER_ADDR", "127.0.0.1:8080"),
            ("API_URL", "http://localhost:3000"),
            ("API_URL", "http://10.0.0.1:3000"),
            ("ALLOWED_HOSTS", "shop.example.com"),
            ("PUBLIC_URL", "https://shop.example.com"),
            ("NO_PROXY", ".svc,.cluster.local,kubernetes.default.svc"),
            ("HOSTNAME", "frontend"),
            ("HOST", "frontend"),
            ("IMAGE", "nginx:80"),
            ("USER", "app:1000"),
            ("TIME", "monday:12"),
            ("API_URL", "http://$(HOST):80"),
            ("API_URL", "http://${HOST}:80/"),
            ("API_URL", "http://{{ .Values.host }}/"),
            ("FILE", "file:///etc/passwd"),
            ("BUCKET_URL", "s3://bucket/key"),
            ("DSN", "mongodb+srv://cluster0.example.com/db"),
            ("REDIS_ADDR", "redis:99999"),
            ("CONFIG_URL", "app.yaml"),
            ("CLASS", "com.example.shop.Main"),
            ("LOG_LEVEL", "debug"),
            ("MAIL_FROM_ADDRESS", "shop@example.com"),
            ("DB_HOST", "true"),
        ] {
            assert_eq!(found(key, value), Vec::<String>::new(), "{key}={value}");
        }
    }

    #[test]
    fn of_a_file_only_names_of_the_cluster() {
        let file = "\
# see http://docs.shop:80/
server:
  port: 8080
product.url=http://product-service:8080/
redis:
  host: redis
  address: 'redis.cache:6379'
schema: http://www.w3.org/2001/XMLSchema
proxy_pass http://cart.shop.svc.cluster.local:80/;
// http://nothing:1
docs: https://example.com/help
";
        let found: Vec<String> = in_file(file).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "http://product-service:8080",
                "redis.cache:6379",
                "http://cart.shop.svc.cluster.local:80"
            ]
        );
    }

    #[test]
    fn a_reduced_value_keeps_no_secret_and_stays_as_it_is() {
        for (key, value, expected) in [
            (
                "DSN",
                "postgres://user:secret@db:5432/shop",
                Some("tcp://db:5432"),
            ),
            (
                "PRODUCT_URL",
                "http://product:8080/?token=secret",
                Some("http://product:8080"),
            ),
            ("REDIS_HOST", "redis", Some("tcp://redis")),
            ("REDIS_PORT", " 6379 ", Some("6379")),
            (
                "app.properties",
                "a=1\nredis.addr=redis:6379\npassword=secret\n",
                Some("tcp://redis:6379"),
            ),
            ("password", "secret", None),
            ("port", "secret", None),
        ] {
            let once = reduced(key, value);
            assert_eq!(once.as_deref(), expected, "{key}");
            if let Some(once) = once {
                assert_eq!(reduced(key, &once).as_ref(), Some(&once), "{key}");
            }
        }
        assert_eq!(as_part("tcp://redis"), "redis");
    }
}
