//! F5 NGINX Ingress Controller (nginx/kubernetes-ingress): another project than ingress-nginx.

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::image::Repository;
use crate::diagnosis::dialect::questions::Dialect;

/// The make.
pub static F5_NGINX: F5Nginx = F5Nginx;

/// F5's controller.
pub struct F5Nginx;

impl Dialect for F5Nginx {
    fn slug(&self) -> &'static str {
        "f5-nginx"
    }

    fn title(&self) -> &'static str {
        "F5 NGINX Ingress Controller"
    }

    fn annotation_prefixes(&self) -> Vec<String> {
        vec!["nginx.org/".to_owned(), "nginx.com/".to_owned()]
    }

    fn controllers(&self) -> &'static [&'static str] {
        &["nginx.org/ingress-controller"]
    }

    fn labels(&self) -> &'static [&'static str] {
        &["nginx-ingress"]
    }

    fn is_image(&self, image: Repository) -> bool {
        image.is("nginx/nginx-ingress")
            || image.is("nginxinc/nginx-ingress")
            || image.is("nginx-ic/nginx-plus-ingress")
    }

    // internal/k8s/controller.go (`HasCorrectIngressClass`): -ingress-class, `nginx` when left out.
    fn takes_annotation(&self, args: &Args, class: &str) -> bool {
        args.value("ingress-class").unwrap_or("nginx") == class
    }

    // internal/configs/annotations.go: rewrites, rewrite-target.
    fn rewriting(&self) -> Vec<String> {
        vec![
            "nginx.org/rewrites".to_owned(),
            "nginx.org/rewrite-target".to_owned(),
        ]
    }
}
