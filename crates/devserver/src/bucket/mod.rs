//! The S3-compatible store for files, on a port of its own.
//!
//! `s3s` verifies real SigV4 signatures and `s3s-fs` keeps the objects as
//! files. This module adds what the service's bucket has around it: public
//! reading, cross-origin rules, the signed `Content-Type`, and the `put`
//! switch. Uploads are signed by [`presign`].

mod answers;
mod gate;
mod presign;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_body_util::BodyExt;
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Result, s3_error};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::inspection::Inspection;
use crate::model::Timestamp;
use crate::switches::SwitchBoard;

/// The only bucket. It is the first part of every object's path.
const BUCKET: &str = "chat";

/// How much of a request is read ahead; small, so that a slow upload is felt.
const READ_AHEAD: usize = 64 * 1024;

/// How many bytes count as the beginning of an object.
const HEAD: u64 = 64 * 1024;

/// The file could not be stored.
#[derive(Debug)]
pub(crate) struct BucketError(pub(crate) String);

/// The store and the keys to it.
pub(crate) struct Bucket {
    host: String,
    folder: PathBuf,
    service: S3Service,
    switches: Arc<SwitchBoard>,
    inspection: Arc<Inspection>,
}

/// A place for a file that does not exist yet.
pub(crate) struct UploadPlace {
    /// Where to PUT it, signed.
    pub(crate) upload_url: String,
    /// The path of the object, without the bucket.
    pub(crate) path: String,
    /// Where anyone may read it afterwards.
    pub(crate) public_url: String,
}

impl Bucket {
    /// Opens the store in a folder, which is created if need be.
    pub(crate) fn open(
        folder: &Path,
        host: String,
        switches: Arc<SwitchBoard>,
        inspection: Arc<Inspection>,
    ) -> Result<Self, BucketError> {
        std::fs::create_dir_all(folder.join(BUCKET))
            .map_err(|error| BucketError(error.to_string()))?;
        let files =
            s3s_fs::FileSystem::new(folder).map_err(|error| BucketError(format!("{error:?}")))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(presign::KEY_ID, presign::SECRET));
        builder.set_access(PublicRead);
        Ok(Self {
            host,
            folder: folder.join(BUCKET),
            service: builder.build(),
            switches,
            inspection,
        })
    }

    /// The beginning of every object's URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/{BUCKET}", self.host)
    }

    /// Makes a place for one file of that MIME type. `folder` and `extension`
    /// must have been checked with [`is_plain`].
    pub(crate) fn place(
        &self,
        folder: &str,
        extension: &str,
        mime: &str,
        now: Timestamp,
    ) -> UploadPlace {
        let dot = if extension.is_empty() { "" } else { "." };
        let path = format!("/{folder}/{}{dot}{extension}", uuid::Uuid::new_v4());
        let upload_url = presign::put_url(&self.host, &format!("/{BUCKET}{path}"), mime, now);
        UploadPlace {
            upload_url,
            public_url: format!("{}{path}", self.url()),
            path,
        }
    }

    /// The size in bytes of the object with that path (without the bucket).
    pub(crate) fn size(&self, path: &str) -> Option<u64> {
        let file = std::fs::metadata(self.file(path)?).ok()?;
        Some(file.len())
    }

    /// The beginning of the object with that path.
    pub(crate) fn head(&self, path: &str) -> Option<Vec<u8>> {
        let file = std::fs::File::open(self.file(path)?).ok()?;
        let mut head = Vec::new();
        file.take(HEAD).read_to_end(&mut head).ok()?;
        Some(head)
    }

    /// Where an object that [`Bucket::place`] made room for lies.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let parts = path.strip_prefix('/')?.split('/');
        let is_safe = |part: &str| !part.is_empty() && !part.starts_with('.');
        parts
            .clone()
            .all(is_safe)
            .then(|| self.folder.join(parts.collect::<PathBuf>()))
    }

    /// PUTs a file to one of our own upload URLs without the way over the
    /// network.
    pub(crate) async fn put(
        &self,
        upload_url: &str,
        mime: &str,
        bytes: bytes::Bytes,
    ) -> Result<(), BucketError> {
        let path = upload_url
            .strip_prefix("http://")
            .and_then(|rest| rest.strip_prefix(self.host.as_str()))
            .ok_or_else(|| BucketError("the URL is not one of this bucket".to_owned()))?;
        let request = http::Request::put(path)
            .header(http::header::HOST, &self.host)
            .header(http::header::CONTENT_TYPE, mime)
            .header(http::header::CONTENT_LENGTH, bytes.len())
            .body(Body::from(bytes))
            .map_err(|error| BucketError(error.to_string()))?;
        let response = gate::pass(&self.service, request)
            .await
            .map_err(|error| BucketError(error.to_string()))?;
        let status = response.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(BucketError(format!("the bucket answered {status}")))
        }
    }

    /// Stores a file under a fresh name that ends as `name` does; where anyone
    /// may read it.
    pub(crate) async fn keep(
        &self,
        folder: &str,
        name: &str,
        mime: &str,
        bytes: bytes::Bytes,
    ) -> Result<String, BucketError> {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let extension = if is_plain(extension) { extension } else { "" };
        let place = self.place(folder, extension, mime, Timestamp::now());
        self.put(&place.upload_url, mime, bytes).await?;
        Ok(place.public_url)
    }

    /// The bytes of one of our own objects.
    pub(crate) async fn read(&self, public_url: &str) -> Result<bytes::Bytes, BucketError> {
        let path = public_url
            .strip_prefix("http://")
            .and_then(|rest| rest.strip_prefix(self.host.as_str()))
            .ok_or_else(|| BucketError("the URL is not one of this bucket".to_owned()))?;
        let failed = |error: String| BucketError(error);
        let request = http::Request::get(path)
            .header(http::header::HOST, &self.host)
            .body(Body::empty())
            .map_err(|error| failed(error.to_string()))?;
        let response = gate::pass(&self.service, request)
            .await
            .map_err(|error| failed(error.to_string()))?;
        if !response.status().is_success() {
            return Err(failed(format!("the bucket answered {}", response.status())));
        }
        let body = response.into_body().collect().await;
        body.map(http_body_util::Collected::to_bytes)
            .map_err(|error| failed(error.to_string()))
    }

    /// Serves the port until the server stops.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener, stop: CancellationToken) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.cancelled() => return,
            };
            let Ok((stream, _)) = accepted else { continue };
            let (bucket, stop) = (Arc::clone(&self), stop.clone());
            tokio::spawn(async move {
                let service = hyper::service::service_fn(|request| gate::handle(&bucket, request));
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .max_buf_size(READ_AHEAD)
                    .serve_connection(TokioIo::new(stream), service);
                tokio::select! {
                    // A broken connection is the client's affair.
                    _ = connection => {}
                    () = stop.cancelled() => {}
                }
            });
        }
    }
}

/// True for a name that can be part of a path without escaping.
pub(crate) fn is_plain(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Anyone may read objects; all else needs a signature.
struct PublicRead;

#[async_trait::async_trait]
impl S3Access for PublicRead {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let reads = matches!(context.s3_op().name(), "GetObject" | "HeadObject");
        if reads || context.credentials().is_some() {
            return Ok(());
        }
        Err(s3_error!(AccessDenied, "Access Denied"))
    }
}
