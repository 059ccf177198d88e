//! From one cluster and one user to the client's configuration. The client library's own loader is not used: it reads the
//! environment's proxies by rules of its own, and fails on values that kubectl accepts.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use jiff::Timestamp;
use kube::Config;
use kube::config::{AuthInfo, Cluster, ExecAuthCluster, KubeconfigError, LoadDataError};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::load::Picked;
use super::{ConnectError, Environment};
use crate::answer::capped;

/// The configuration, the context's name, and the user's name for messages.
pub(in crate::answer) type Made = (Config, Option<String>, String);

pub(in crate::answer) fn from_kubeconfig(
    picked: Picked,
    env: &Environment,
) -> Result<Made, ConnectError> {
    let Picked {
        context,
        namespace,
        cluster_name,
        mut cluster,
        user_name,
        mut user,
    } = picked;
    let url = server_url(&cluster_name, &cluster)?;
    read_files(&cluster_name, &mut cluster, &user_name, &mut user)?;
    // This conversion is the only public door to the library's reading of certificate-authority-data.
    let for_plugin = ExecAuthCluster::try_from(&cluster).map_err(|e| ConnectError::Authority {
        cluster: cluster_name.clone(),
        why: load_error(&e),
    })?;
    let authority = |why: String| ConnectError::Authority {
        cluster: cluster_name.clone(),
        why,
    };
    let roots = for_plugin
        .certificate_authority_data
        .as_deref()
        .map(|pem| certificates(pem).map_err(authority))
        .transpose()?;

    let mut config = Config::new(url);
    config.default_namespace = namespace;
    config.root_cert = roots;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.disable_compression = cluster.disable_compression.unwrap_or(false);
    config.tls_server_name.clone_from(&cluster.tls_server_name);
    config.proxy_url = proxy(
        cluster.proxy_url.as_deref(),
        &format!("cluster {cluster_name:?}"),
        &config.cluster_url,
        env,
    )?;
    if let Some(exec) = &mut user.exec
        && exec.provide_cluster_info
    {
        exec.cluster = Some(for_plugin);
    }
    without_command(&mut user).map_err(|why| ConnectError::Credentials {
        user: user_name.clone(),
        why,
    })?;
    config.auth_info = user;
    Ok((config, context, user_name))
}

/// The client library runs the command of an old auth-provider without any bound, and kubectl has known none since 1.26. A token that it
/// left behind may still be good.
fn without_command(user: &mut AuthInfo) -> Result<(), String> {
    let Some(provider) = &user.auth_provider else {
        return Ok(());
    };
    let Some(command) = provider.config.get("cmd-path") else {
        return Ok(());
    };
    let has = |field: &str| provider.config.get(field);
    let is_good = |expiry: &String| {
        expiry
            .parse::<Timestamp>()
            .is_ok_and(|e| e > Timestamp::now())
    };
    let token = has("access-token").filter(|_| has("expiry").is_some_and(is_good));
    let Some(token) = has("id-token").or(token) else {
        return Err(format!(
            "its auth-provider {} runs `{command}`, as kubectl did before 1.26: use a credential plugin, such as gke-gcloud-auth-plugin",
            provider.name
        ));
    };
    user.token = Some(token.clone().into());
    user.auth_provider = None;
    Ok(())
}

/// Puts what stands in files of their own into the entries. What the entries have already goes first.
fn read_files(
    cluster_name: &str,
    cluster: &mut Cluster,
    user_name: &str,
    user: &mut AuthInfo,
) -> Result<(), ConnectError> {
    let encoded = |path: &str| match capped::PEM.file(Path::new(path)) {
        Ok(pem) => Ok(STANDARD.encode(pem)),
        Err(why) => Err(format!("cannot read {path}: {why}")),
    };
    let authority = |why| ConnectError::Authority {
        cluster: cluster_name.to_owned(),
        why,
    };
    let credentials = |why| ConnectError::Credentials {
        user: user_name.to_owned(),
        why: format!("its client certificate cannot be used: {why}"),
    };
    if let Some(path) = cluster.certificate_authority.take()
        && cluster.certificate_authority_data.is_none()
    {
        cluster.certificate_authority_data = Some(encoded(&path).map_err(authority)?);
    }
    if let Some(path) = user.client_certificate.take()
        && user.client_certificate_data.is_none()
    {
        user.client_certificate_data = Some(encoded(&path).map_err(credentials)?);
    }
    if let Some(path) = user.client_key.take()
        && user.client_key_data.is_none()
    {
        user.client_key_data = Some(encoded(&path).map_err(credentials)?.into());
    }
    Ok(())
}

/// As a pod: its service account's token, authority and namespace.
pub(in crate::answer) fn in_cluster(env: &Environment) -> Result<Made, ConnectError> {
    let dir = env.service_account();
    let failed = |why: String| ConnectError::ServiceAccount { why };
    let (host, port) = env
        .service
        .as_ref()
        .ok_or_else(|| failed("KUBERNETES_SERVICE_HOST is not set".to_owned()))?;
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.clone()
    };
    let url = format!("https://{host}:{port}")
        .parse::<Uri>()
        .map_err(|e| failed(format!("KUBERNETES_SERVICE_HOST and _PORT: {e}")))?;
    let authority = dir.join("ca.crt");
    let pem = capped::PEM
        .file(&authority)
        .map_err(|e| failed(format!("cannot read {}: {e}", authority.display())))?;
    let mut config = Config::new(url);
    config.root_cert = Some(certificates(&pem).map_err(failed)?);
    config.root_cert_file = Some(authority);
    config.auth_info.token_file = Some(dir.join("token").display().to_string());
    config.default_namespace = capped::TOKEN
        .text(&dir.join("namespace"))
        .map(|ns| ns.trim().to_owned())
        .ok()
        .filter(|ns| !ns.is_empty())
        .unwrap_or_else(|| "default".to_owned());
    config.proxy_url = proxy(None, "", &config.cluster_url, env)?;
    Ok((config, None, "the pod's service account".to_owned()))
}

/// `server` with a scheme: without one kubectl takes https where anything about TLS is set, else http.
fn server_url(name: &str, cluster: &Cluster) -> Result<Uri, ConnectError> {
    let given = cluster.server.clone().unwrap_or_default();
    let bad = |why: &str| ConnectError::Server {
        cluster: name.to_owned(),
        url: given.clone(),
        why: why.to_owned(),
    };
    if given.is_empty() {
        return Err(bad("it is empty"));
    }
    let url = if given.contains("://") {
        given.clone()
    } else {
        let tls = cluster.certificate_authority.is_some()
            || cluster.certificate_authority_data.is_some()
            || cluster.insecure_skip_tls_verify == Some(true);
        format!("{}://{given}", if tls { "https" } else { "http" })
    };
    let url = url.parse::<Uri>().map_err(|e| bad(&e.to_string()))?;
    match url.scheme_str() {
        Some("http" | "https") => Ok(url),
        _ => Err(bad("its scheme is neither http nor https")),
    }
}

/// The cluster's own `proxy-url` always counts; the environment's proxy only where `NO_PROXY` does not except the server.
fn proxy(
    own: Option<&str>,
    own_name: &str,
    server: &Uri,
    env: &Environment,
) -> Result<Option<Uri>, ConnectError> {
    let (from, given) = match (own, env.proxy.for_server(server)) {
        (Some(own), _) => (own_name.to_owned(), own),
        (None, Some(given)) if server.scheme_str() == Some("http") => {
            ("HTTP_PROXY".to_owned(), given)
        }
        (None, Some(given)) => ("HTTPS_PROXY".to_owned(), given),
        (None, None) => return Ok(None),
    };
    let bad = |why: String| ConnectError::Proxy {
        from: from.clone(),
        url: without_password(given),
        why,
    };
    // Go takes "proxy:3128" for an HTTP proxy, and resolves names at the proxy for both spellings of SOCKS.
    let url = match given.split_once("://") {
        None => format!("http://{given}"),
        Some(("socks5h", rest)) => format!("socks5://{rest}"),
        Some(_) => given.to_owned(),
    };
    let url = url.parse::<Uri>().map_err(|e| bad(e.to_string()))?;
    match url.scheme_str() {
        Some("http" | "https" | "socks5") => Ok(Some(url)),
        _ => Err(bad("its scheme is none of http, https, socks5".to_owned())),
    }
}

pub(super) fn without_password(url: &str) -> String {
    match (url.find("://").map_or(0, |i| i + 3), url.rfind('@')) {
        (start, Some(end)) if start < end => format!("{}***{}", &url[..start], &url[end..]),
        _ => url.to_owned(),
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let found = CertificateDer::pem_slice_iter(pem)
        .map(|der| der.map(|d| d.to_vec()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| format!("not PEM: {e}"))?;
    if found.is_empty() {
        return Err("it holds no PEM certificate".to_owned());
    }
    Ok(found)
}

fn load_error(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::LoadCertificateAuthority(LoadDataError::DecodeBase64(why)) => {
            format!("certificate-authority-data is not base64: {why}")
        }
        other => other.to_string(),
    }
}
